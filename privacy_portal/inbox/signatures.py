"""Standard Webhooks signatures over the raw bytes: `v1` (HMAC-SHA256) and `v1a` (Ed25519)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook

from privacy_portal.errors import DomainError

TOLERANCE = timedelta(minutes=5)


class BadSignature(DomainError):
    """The signature does not prove that this message comes from the system of this address."""

    status = 401


@dataclass(frozen=True, slots=True)
class _Signed:
    """What the headers say; `content` is what was signed."""

    message_id: str
    timestamp: int
    signatures: tuple[tuple[str, bytes], ...]


def verify(raw: bytes, headers: Mapping[str, str], *, secrets: Iterable[str], now: datetime) -> str:
    """The id of a message that one of the secrets proves to be genuine and not older than five minutes.

    A secret is `whsec_…` (shared) or `whpk_…` (the sender's public key); while it is rotated there are two.
    Raises BadSignature, which says what is wrong with the headers but nothing about the secrets.
    """
    signed = _read({name.lower(): value for name, value in headers.items()})
    sent_at = datetime.fromtimestamp(signed.timestamp, tz=UTC)
    if abs(now - sent_at) > TOLERANCE:
        raise BadSignature("webhook-timestamp is more than five minutes away from our clock.")
    if not any(_matches(secret, signed, raw) for secret in secrets):
        raise BadSignature()
    return signed.message_id


def _read(headers: Mapping[str, str]) -> _Signed:
    missing = [
        name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if not headers.get(name)
    ]
    if missing:
        raise BadSignature(f"Missing header: {', '.join(missing)}.")
    message_id = headers["webhook-id"]
    if len(message_id) > 200 or not message_id.isascii() or not message_id.isprintable():
        raise BadSignature("webhook-id must be at most 200 printable ASCII characters.")
    timestamp = headers["webhook-timestamp"]
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise BadSignature("webhook-timestamp must be whole seconds since 1970.")
    signatures = tuple(_signature(part) for part in headers["webhook-signature"].split(" "))
    return _Signed(message_id, int(timestamp), tuple(found for found in signatures if found))


def _signature(part: str) -> tuple[str, bytes] | None:
    version, _comma, value = part.partition(",")
    try:
        return version, base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None  # it proves nothing; another one in the header may


def _matches(secret: str, signed: _Signed, raw: bytes) -> bool:
    if secret.startswith("whpk_"):
        return _matches_public_key(secret.removeprefix("whpk_"), signed, raw)
    try:
        moment = datetime.fromtimestamp(signed.timestamp, tz=UTC)
        expected = Webhook(secret).sign(signed.message_id, moment, raw.decode())
    except (UnicodeDecodeError, binascii.Error):
        return False
    wanted = base64.b64decode(expected.partition(",")[2])
    return any(version == "v1" and hmac.compare_digest(wanted, found) for version, found in signed.signatures)


def _matches_public_key(public: str, signed: _Signed, raw: bytes) -> bool:
    content = f"{signed.message_id}.{signed.timestamp}.".encode() + raw
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    for version, found in signed.signatures:
        try:
            if version == "v1a":
                key.verify(found, content)
                return True
        except InvalidSignature:
            continue
    return False
