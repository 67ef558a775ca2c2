"""Standard Webhooks, held to the published vectors."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from privacy_portal.inbox.signatures import BadSignature, verify

VECTORS = json.loads((Path(__file__).parent / "vectors" / "standardwebhooks.json").read_text())["vectors"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD = "whsec_" + base64.b64encode(b"an older secret of 32 bytes ....").decode()


def headers(body: bytes, now: datetime, *, secret: str = SECRET, message_id: str = "msg_1") -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body.decode()),
    }


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in VECTORS if v["op"] == "verify"])
def test_the_published_vectors_hold(vector):
    given_headers = {
        "webhook-id": vector["msg_id"],
        "webhook-timestamp": vector["timestamp"],
        "webhook-signature": vector["header_signature"],
    }
    present = {name: str(value) for name, value in given_headers.items() if value is not None}
    now = datetime.fromtimestamp(vector["now"], tz=UTC)

    try:
        verify(vector["payload"].encode(), present, secrets=[vector["secret"]], now=now)
        held = True
    except BadSignature:
        held = False

    assert held == vector["valid"]


def test_while_a_secret_is_rotated_both_are_good(noon):
    for secret in (SECRET, OLD):
        assert verify(b"{}", headers(b"{}", noon, secret=secret), secrets=[SECRET, OLD], now=noon) == "msg_1"


def test_a_secret_that_was_taken_away_is_no_longer_good(noon):
    with pytest.raises(BadSignature):
        verify(b"{}", headers(b"{}", noon, secret=OLD), secrets=[SECRET], now=noon)


def test_a_system_without_a_secret_can_send_nothing(noon):
    with pytest.raises(BadSignature):
        verify(b"{}", headers(b"{}", noon), secrets=[], now=noon)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_five_minutes_away_from_our_clock_is_too_far(noon, minutes):
    with pytest.raises(BadSignature, match="five minutes"):
        verify(b"{}", headers(b"{}", noon + timedelta(minutes=minutes)), secrets=[SECRET], now=noon)


def test_an_ed25519_signature_is_proved_by_the_public_key(noon):
    key = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()
    signature = base64.b64encode(key.sign(f"msg_1.{int(noon.timestamp())}.".encode() + b'{"a": 1}')).decode()
    signed = {**headers(b"{}", noon), "webhook-signature": f"v9,AAAA v1a,{signature}"}

    assert verify(b'{"a": 1}', signed, secrets=[public], now=noon) == "msg_1"
    with pytest.raises(BadSignature):
        verify(b'{"a": 2}', signed, secrets=[public], now=noon)
    with pytest.raises(BadSignature):
        verify(b'{"a": 1}', {**signed, "webhook-signature": f"v1,{signature}"}, secrets=[public], now=noon)


@given(body=st.binary(max_size=200), junk=st.text(max_size=80))
def test_junk_is_a_bad_signature_and_nothing_else(body, junk):
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        sent = {**headers(b"{}", now), name: junk}
        with pytest.raises(BadSignature):
            verify(body + b"x", sent, secrets=[SECRET, OLD], now=now)


def test_a_body_that_is_not_text_proves_nothing(noon):
    with pytest.raises(BadSignature):
        verify(b"\xff\xfe", headers(b"{}", noon), secrets=[SECRET], now=noon)


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in VECTORS if v["op"] == "sign"])
def test_the_published_signatures_are_taken(vector):
    now = datetime.fromtimestamp(vector["timestamp"], tz=UTC)
    signed = {"webhook-id": vector["msg_id"], "webhook-timestamp": str(vector["timestamp"])}
    signed["webhook-signature"] = vector["signature"]

    assert verify(vector["payload"].encode(), signed, secrets=[vector["secret"]], now=now) == vector["msg_id"]
