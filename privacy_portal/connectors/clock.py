"""The clock of the connectors: they are doors outward, and a signature carries the wire's own time."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - signatures and statute periods are judged at the moment of the call
