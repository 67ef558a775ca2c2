"""Values of hand-written SQL on both databases: ids are text and moments have no zone on SQLite."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection


def as_stored(value: UUID) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex


def uuid_of(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def moment_of(value: datetime) -> datetime:
    """SQLite keeps moments in UTC without saying so."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)
