"""Signatures, held to the Standard Webhooks vectors: ours, and those the reference service checks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook

from privacy_portal.connectors.base import Refused
from privacy_portal.connectors.wire.signing import Signer
from privacy_portal.demo.service import check_signature
from privacy_portal.demo.service_store import Impossible

VECTORS = json.loads((Path(__file__).parent / "vectors" / "standardwebhooks.json").read_text())["vectors"]


def of(operation: str) -> list:
    return [pytest.param(vector, id=vector["id"]) for vector in VECTORS if vector["op"] == operation]


@pytest.mark.parametrize("vector", of("sign"))
def test_what_we_send_is_signed_as_the_vectors_say(vector):
    at = datetime.fromtimestamp(vector["timestamp"], UTC)

    headers = Signer(vector["secret"]).headers(vector["msg_id"], vector["payload"].encode(), at)

    assert headers == {
        "webhook-id": vector["msg_id"],
        "webhook-timestamp": str(vector["timestamp"]),
        "webhook-signature": vector["signature"],
    }


@pytest.mark.parametrize("vector", of("secret"))
def test_a_secret_that_is_none_is_refused(vector):
    with pytest.raises(Refused, match="signing_secret"):
        Signer(vector["secret"])


@pytest.mark.parametrize("vector", of("verify"))
def test_the_reference_service_takes_what_the_vectors_take(vector):
    named = {
        "webhook-id": vector["msg_id"],
        "webhook-timestamp": vector["timestamp"],
        "webhook-signature": vector["header_signature"],
    }
    headers = {name: str(value) for name, value in named.items() if value is not None}

    with time_machine.travel(datetime.fromtimestamp(vector["now"], UTC), tick=False):
        try:
            check_signature(vector["secret"], headers, vector["payload"].encode())
            taken = True
        except Impossible:
            taken = False

    assert taken is vector["valid"]


def test_while_one_secret_replaces_another_we_sign_with_both():
    old, new = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_plJ3nmyCDGBKInavdOK15jsl8GLiRnBS"
    at = datetime.now(UTC)

    headers = Signer(f"{old} {new}").headers("m1", b'{"name": "B\xc3\xb6b"}', at)

    for secret in (old, new):
        Webhook(secret).verify(b'{"name": "B\xc3\xb6b"}', headers)
