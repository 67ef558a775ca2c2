"""What somebody with the database's own password could do: change rows with the triggers off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from privacy_portal.ledger import triggers
from privacy_portal.ledger.verify import PROTECTED


def tamper(statement: str, *values: object) -> None:
    with transaction.atomic(), without_protection(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def without_protection() -> Iterator[None]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        definitions = [sql for (sql,) in cursor.fetchall()]
        for table in PROTECTED:
            for drop in triggers.released("sqlite", table):
                cursor.execute(drop)
        yield
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        left = {sql for (sql,) in cursor.fetchall()}
        for sql in definitions:
            if sql not in left:
                cursor.execute(sql)
