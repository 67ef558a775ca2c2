"""Append-only is a promise of the database: no ORM, no raw SQL and no REPLACE gets past it."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import DatabaseError, connection, transaction

from privacy_portal.ledger import triggers
from privacy_portal.ledger.models import Checkpoint, Event, Leaf, TreeNode
from privacy_portal.ledger.verify import PROTECTED

MODELS = [Event, Leaf, TreeNode, Checkpoint]
by_name = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def run(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@by_name
@pytest.mark.django_db
def test_the_orm_can_neither_change_nor_delete(sealed, model):
    sealed(2)
    row = model.objects.order_by("pk").first()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**{model._meta.pk.name: 99})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk)._raw_delete(using="default")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.save()
    assert model.objects.filter(pk=row.pk).exists()


@by_name
@pytest.mark.django_db
def test_raw_sql_can_neither_change_nor_delete(sealed, model):
    sealed(2)
    table, key = model._meta.db_table, model._meta.pk.column
    before = list(model.objects.order_by("pk").values())

    with pytest.raises(DatabaseError, match="append-only"):
        run(f"UPDATE {table} SET {key} = {key}")
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"DELETE FROM {table}")
    assert list(model.objects.order_by("pk").values()) == before


@by_name
@pytest.mark.postgres
@pytest.mark.django_db
def test_truncate_is_refused(sealed, model):
    sealed(2)
    run("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="append-only"):
        run(f"TRUNCATE {model._meta.db_table} CASCADE")
    assert model.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db
def test_an_upsert_is_refused(sealed):
    sealed(1)

    with pytest.raises(DatabaseError, match="append-only"):
        run(
            "INSERT INTO portal_checkpoint (size, root, note, signed_at) SELECT size, root, note, signed_at"
            " FROM portal_checkpoint ON CONFLICT (size) DO UPDATE SET note = 'other'"
        )


@by_name
@pytest.mark.django_db
def test_replace_is_refused(sealed, model):
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE is SQLite's")
    sealed(2)
    table = model._meta.db_table
    before = list(model.objects.order_by("pk").values())

    with pytest.raises(DatabaseError, match="append-only"):
        run(f"REPLACE INTO {table} SELECT * FROM {table}")
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"UPDATE OR REPLACE {table} SET {model._meta.pk.column} = 0")
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_a_replace_through_another_unique_column_is_refused(sealed):
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE is SQLite's")
    sealed(1)

    with pytest.raises(DatabaseError, match="append-only"):
        run(
            "INSERT OR REPLACE INTO portal_leaf (position, event_id, leaf_hash) "
            "SELECT 7, event_id, leaf_hash FROM portal_leaf"
        )
    assert Leaf.objects.get().position == 0


def test_the_triggers_hold_for_a_connection_that_sets_no_pragma(tmp_path):
    """Whoever opens the file with another tool has `recursive_triggers` off, and REPLACE would delete unseen."""
    file = sqlite3.connect(tmp_path / "any.sqlite3")
    file.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, code TEXT UNIQUE, a INT, b INT, UNIQUE (a, b))")
    for statement in triggers.append_only("sqlite", "line", [["id"], ["code"], ["a", "b"]]):
        file.execute(statement)
    file.execute("INSERT INTO line VALUES (1, 'x', 1, 2)")
    file.execute("INSERT INTO line (code) VALUES ('y')")

    for again in ("(1, 'z', 9, 9)", "(9, 'x', 9, 9)", "(9, 'z', 1, 2)"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            file.execute(f"INSERT OR REPLACE INTO line VALUES {again}")
    assert file.execute("SELECT * FROM line").fetchall() == [(1, "x", 1, 2), (2, "y", None, None)]
    for statement in triggers.released("sqlite", "line"):
        file.execute(statement)
    file.execute("DELETE FROM line")


@pytest.mark.django_db
def test_after_all_migrations_every_promised_table_is_protected():
    assert (
        triggers.unprotected(connection, [*PROTECTED, "portal_taskstatuschange", "portal_confirmation"]) == []
    )
    assert triggers.unprotected(connection, ["portal_delivery"]) == ["portal_delivery"]


@pytest.mark.django_db(transaction=True)
def test_protection_can_be_taken_away_by_a_migration_backwards():
    with connection.schema_editor() as editor:
        operation = triggers.protect("portal_delivery")
        operation.code(None, editor)
        assert triggers.unprotected(connection, ["portal_delivery"]) == []
        operation.reverse_code(None, editor)

    assert triggers.unprotected(connection, ["portal_delivery"]) == ["portal_delivery"]
