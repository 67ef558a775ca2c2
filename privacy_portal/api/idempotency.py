"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the same key gets the same answer.

Same key and payload → the stored answer; other payload → 422; first one still running → 409. Keys live 24 hours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_portal import crypto
from privacy_portal.api.models import KEEP, IdempotentAnswer, ServiceClient
from privacy_portal.errors import Conflict, DomainError, Invalid

ABANDONED = timedelta(minutes=2)


class StillRunning(Conflict):
    """The first request with this Idempotency-Key is still being worked on; try again in a moment."""


class OtherPayload(DomainError):
    """This Idempotency-Key was used with another body; use a new key for a new request."""

    status = 422


def once(request: Request, client: ServiceClient, work: Callable[[], Response]) -> Response:
    """Run `work` once per key. Without the header it just runs. The answer is kept in the same transaction."""
    key = _key(request)
    if key is None:
        return work()
    fingerprint = sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
    now = timezone.now()
    claimed = _claim(client, key, fingerprint, now)
    if isinstance(claimed, Response):
        return claimed
    try:
        with transaction.atomic():
            response = work()
            _keep(claimed, response)
    except BaseException:
        claimed.delete()  # nothing was written: the key is free for a corrected or repeated request
        raise
    return response


def _key(request: Request) -> str | None:
    """The header is a structured-field string in quotes; the bare form is accepted too."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header.strip().strip('"')
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", key):
        raise Invalid("Idempotency-Key", "must have 1 to 200 visible ASCII characters")
    return key


def _claim(client: ServiceClient, key: str, fingerprint: str, now: datetime) -> IdempotentAnswer | Response:
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(
                client=client, key=key, fingerprint=fingerprint, started_at=now
            )
    except IntegrityError:
        first = IdempotentAnswer.objects.filter(client=client, key=key).first()  # unique
    if (
        first is None
        or first.started_at < now - KEEP
        or (first.status is None and first.started_at < now - ABANDONED)
    ):
        IdempotentAnswer.objects.filter(client=client, key=key, started_at__lt=now - ABANDONED).delete()
        return _claim(client, key, fingerprint, now)
    if first.fingerprint != fingerprint:
        raise OtherPayload()
    if first.status is None or first.body is None:
        raise StillRunning()
    return _stored(first)


def _keep(answer: IdempotentAnswer, response: Response) -> None:
    body: Any = {"data": response.data, "location": response.get("Location")}
    answer.status = response.status_code
    answer.body = crypto.seal(json.dumps(body, default=str).encode(), answer.place())
    answer.save(update_fields=["status", "body"])


def _stored(answer: IdempotentAnswer) -> Response:
    assert answer.body is not None
    kept = json.loads(crypto.unseal(answer.body, answer.place()))
    response = Response(kept["data"], status=answer.status)
    if kept["location"]:
        response["Location"] = kept["location"]
    response["Idempotent-Replayed"] = "true"
    return response
