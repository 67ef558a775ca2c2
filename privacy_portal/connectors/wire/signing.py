"""Standard Webhooks v1 signatures on what we send."""

from __future__ import annotations

import binascii
from datetime import datetime

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from privacy_portal.connectors.base import Refused


class Signer:
    """Signs with every secret given: two, parted by a space, while one replaces the other.

    Raises Refused on a secret that is empty or not base64.
    """

    def __init__(self, secrets: str) -> None:
        try:
            self._hooks = [Webhook(secret) for secret in secrets.split()]
        except (EmptyWebhookSecretError, binascii.Error) as error:
            raise Refused("bad_signing_secret") from error
        if not self._hooks:
            raise Refused("no_signing_secret")

    def headers(self, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
        """`message_id` is the same over retries, `at` (UTC) is new."""
        text = body.decode()
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(hook.sign(message_id, at, text) for hook in self._hooks),
        }
