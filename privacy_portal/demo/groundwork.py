"""Tables first, and quickly: a first start that was cut short is begun again, so it need not survive a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

_FIRST = ("oauth2_provider", "mfa")
"""Other people's apps with long histories: with our tables not there yet, Django replays them twice as fast."""


def migrate() -> None:
    """Bring our database to the newest form."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    for app in _FIRST:
        call_command("migrate", app, verbosity=0)
    call_command("migrate", verbosity=0)


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """For the first filling only. Afterwards each commit is on the disk again before it is confirmed."""
    _say_to_database("PRAGMA synchronous=OFF", "SET synchronous_commit=off")
    try:
        yield
    finally:
        _say_to_database("PRAGMA synchronous=FULL", "SET synchronous_commit=on")


def _say_to_database(to_sqlite: str, to_postgresql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute({"sqlite": to_sqlite, "postgresql": to_postgresql}[connection.vendor])
