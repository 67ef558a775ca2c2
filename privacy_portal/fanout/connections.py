"""From a connection's row to the object that speaks to the system; made once per process and set of options."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from privacy_portal.connectors.base import Connector, Refused
from privacy_portal.fanout.models import Connection

_MOST_KEPT = 500

_kinds: dict[str, str] = {}
_made: dict[UUID, tuple[str, Connector]] = {}


class UnknownKind(LookupError):
    """No connector is wired for this kind of connection."""


def register(kinds: Mapping[str, str]) -> None:
    """Set which class serves which kind (wiring.CONNECTORS); classes are imported when first needed."""
    _kinds.clear()
    _kinds.update(kinds)
    forget()


def connector_for(connection: Connection) -> Connector:
    """The connector of this connection, the same object until its kind, options or secret change.

    Raises UnknownKind, and ValueError or KeyError from a connector that cannot work with these options.
    """
    mark = _mark(connection)
    kept = _made.get(connection.pk)
    if kept and kept[0] == mark:
        return kept[1]
    if len(_made) >= _MOST_KEPT:
        _made.clear()
    connector = _make(connection)
    _made[connection.pk] = (mark, connector)
    return connector


def is_repeatable(connection: Connection) -> bool:
    """May this system be asked twice under one key? Who cannot even be made to say so is not."""
    try:
        return connector_for(connection).repeatable
    except (Refused, LookupError, ValueError, TypeError, ImportError):
        return False


def forget() -> None:
    _made.clear()


def _make(connection: Connection) -> Connector:
    if connection.kind not in _kinds:
        raise UnknownKind(connection.kind)
    connector: Connector = import_string(_kinds[connection.kind])(
        connection.options, secret=connection.open_secret(), allow=settings.PORTAL_OUTBOUND_ALLOW
    )
    return connector


def _mark(connection: Connection) -> str:
    options = json.dumps(connection.options, sort_keys=True).encode()
    return hashlib.sha256(
        b"\0".join((connection.kind.encode(), options, bytes(connection.secret)))
    ).hexdigest()
