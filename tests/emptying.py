"""Tests that commit empty their database afterwards, append-only tables included; nothing else may."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper


def allow(connection: BaseDatabaseWrapper) -> None:
    """From now on Django's flush of this connection steps past the triggers that keep the ledger append-only."""
    step_past = {"postgresql": _as_a_replica, "sqlite": _without_triggers}[connection.vendor]

    def execute_sql_flush(statements: Sequence[str]) -> None:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            step_past(cursor, statements)

    connection.ops.execute_sql_flush = execute_sql_flush


def _as_a_replica(cursor, statements: Sequence[str]) -> None:
    """Triggers, foreign keys among them, do not fire for a session that plays a replica; it takes a superuser.

    Django would TRUNCATE every table, which makes PostgreSQL write a new file for each: seconds a test.
    """
    tables = re.findall(r'"([^"]+)"', " ".join(statements))
    deletes = "; ".join(f'DELETE FROM "{table}"' for table in tables)
    cursor.execute(f"SET LOCAL session_replication_role = replica; {deletes}")


def _without_triggers(cursor, statements: Sequence[str]) -> None:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _sql in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    for statement in statements:
        cursor.execute(statement)
    for _name, sql in triggers:
        cursor.execute(sql)
