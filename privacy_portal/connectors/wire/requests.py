"""An Order as the body of `POST {base}/requests`: OpenDSR 2.0 where it has a shape, our extension where not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from privacy_portal.connectors.base import Identifier, Order
from privacy_portal.vocabulary import Verb

EXTENSION = "privacy-portal"
"""Our member of OpenDSR's `extensions`."""

_TYPES = {
    Verb.ERASE: "erasure",
    Verb.LOCATE: "x-locate",
    Verb.RECTIFY: "x-rectification",
    Verb.RESTRICT: "x-restriction",
    Verb.EXPIRE: "x-expiry",
    Verb.NOTIFY: "x-notification",
}
_IDENTITY_TYPES = {
    "email": "email",
    "customer_id": "controller_customer_id",
    "phone": "x-phone",
    "device_id": "x-device-id",
}
_KINDS = {identity_type: kind for kind, identity_type in _IDENTITY_TYPES.items()}


def body_of(order: Order, *, at: datetime, callback: bool) -> bytes:
    """The same bytes over retries as long as the order says when it was asked.

    `callback` says whether the system may answer later.
    """
    identities = [_identity(identifier) for identifier in order.identifiers]
    ours: dict[str, Any] = {
        "verb": str(order.verb),
        "cause": order.cause,
        "instructions": dict(order.instructions),
    }
    if order.values:
        ours["values"] = dict(order.values)
    if order.deadline:
        ours["deadline"] = _moment(order.deadline)
    if order.verb == Verb.EXPIRE:
        # These people are not asked about: they are on hold, and their rows must stay.
        ours["held_identities"], identities = identities, []
    body = {
        "subject_request_id": order.key,
        "subject_request_type": _type(order),
        "subject_identities": identities,
        "submitted_time": _moment(order.asked_at or at),
        "api_version": "2.0",
        "status_callback_urls": [order.callback_url] if callback and order.callback_url else [],
        "extensions": {EXTENSION: ours},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def identifier_of(identity: Any) -> Identifier | None:
    """An identity of an answer; None for kinds we do not know and for hashed values.

    Raises KeyError or TypeError on another shape.
    """
    kind = _KINDS.get(identity["identity_type"])
    value = identity["identity_value"]
    if not isinstance(value, str):
        raise TypeError("identity_value")
    if kind is None or not value or identity.get("identity_format", "raw") != "raw":
        return None
    return Identifier(kind=kind, value=value)


def _type(order: Order) -> str:
    if order.verb == Verb.EXPORT:
        return "portability" if order.instructions.get("right") == "portability" else "access"
    return _TYPES[order.verb]


def _identity(identifier: Identifier) -> dict[str, str]:
    return {
        "identity_type": _IDENTITY_TYPES.get(identifier.kind, f"x-{identifier.kind}"),
        "identity_value": identifier.value,
        "identity_format": "raw",
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
