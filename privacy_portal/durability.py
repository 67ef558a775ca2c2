"""What was said to be written is on the disk: PostgreSQL can be set up so that it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connections


def commits_wait_for_the_disk(databases: Sequence[str] | None = None, **more: Any) -> list[CheckMessage]:
    """Warn if a commit is reported before it is safe. Asked by `migrate`, which every start runs first."""
    return [
        Warning(
            f"PostgreSQL runs with synchronous_commit = {value}: it forgets what it confirmed if it stops.",
            hint="Set synchronous_commit = on for this database; the ledger and the queue of record rely on it.",
            id="portal.W001",
        )
        for alias in databases or ()
        if connections[alias].vendor == "postgresql" and (value := _synchronous_commit(alias)) == "off"
    ]


def _synchronous_commit(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])
