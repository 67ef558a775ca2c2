"""Append-only by database triggers: UPDATE, DELETE, TRUNCATE and REPLACE are refused, whoever asks.

A migration protects tables with one line: `operations = [triggers.protect("consent_decision", …)]`.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython
from django.db.migrations.state import StateApps

_FUNCTION = "refuse_change_of_append_only_table"


def protect(*tables: str) -> RunPython:
    """A migration operation that makes these tables append-only, on PostgreSQL and SQLite."""

    def forwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for statement in append_only(editor.connection.vendor, table, _unique_keys(editor, table)):
                editor.execute(statement, params=None)  # the text holds a % of its own

    def backwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for statement in released(editor.connection.vendor, table):
                editor.execute(statement, params=None)  # the text holds a % of its own

    return RunPython(forwards, backwards)


def append_only(vendor: str, table: str, unique_keys: Sequence[Sequence[str]]) -> list[str]:
    """SQL that protects a table. `unique_keys` are the columns of its primary key and unique constraints."""
    return _postgresql(table) if vendor == "postgresql" else _sqlite(table, unique_keys)


def released(vendor: str, table: str) -> list[str]:
    """SQL that takes the protection away, for a migration backwards."""
    if vendor == "postgresql":
        return [f'DROP TRIGGER IF EXISTS "{table}_is_append_only" ON "{table}"']
    return [f'DROP TRIGGER IF EXISTS "{table}_{what}"' for what in _SQLITE_TRIGGERS]


def unprotected(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> list[str]:
    """Those of the tables that have lost their triggers (SQLite drops them when a migration rebuilds a table)."""
    if connection.vendor == "postgresql":
        asked = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    else:
        asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        there = {str(name) for (name,) in cursor.fetchall()}
    return [table for table in tables if not _names(connection.vendor, table) <= there]


def _names(vendor: str, table: str) -> set[str]:
    kinds = ("is_append_only",) if vendor == "postgresql" else _SQLITE_TRIGGERS
    return {f"{table}_{kind}" for kind in kinds}


def _postgresql(table: str) -> list[str]:
    return [
        f"""
        CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        f"""
        CREATE TRIGGER "{table}_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}"
        FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()
        """,
    ]


_SQLITE_TRIGGERS = ("refuses_update", "refuses_delete", "refuses_replace")


def _sqlite(table: str, unique_keys: Sequence[Sequence[str]]) -> list[str]:
    """REPLACE deletes without firing DELETE triggers unless a pragma says so, hence a trigger of its own."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    equal = (" AND ".join(f'"{name}" = NEW."{name}"' for name in columns) for columns in unique_keys)
    there_already = f'SELECT 1 FROM "{table}" WHERE ' + " OR ".join(f"({each})" for each in equal)  # noqa: S608
    return [
        f'CREATE TRIGGER "{table}_refuses_update" BEFORE UPDATE ON "{table}" {refuse}',
        f'CREATE TRIGGER "{table}_refuses_delete" BEFORE DELETE ON "{table}" {refuse}',
        f'CREATE TRIGGER "{table}_refuses_replace" BEFORE INSERT ON "{table}" WHEN EXISTS ({there_already}) {refuse}',
    ]


def _unique_keys(editor: BaseDatabaseSchemaEditor, table: str) -> list[list[str]]:
    with editor.connection.cursor() as cursor:
        constraints = editor.connection.introspection.get_constraints(cursor, table)
    return [found["columns"] for found in constraints.values() if found["unique"] or found["primary_key"]]
