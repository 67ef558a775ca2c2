"""Write rows the short way: a statement's text is composed once per table and shape, not every time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model


def insert_rows(objects: Iterable[Model]) -> None:
    """As `bulk_create` without its options: new objects of one model, keys set afterwards. An empty list is nothing.

    Composing an INSERT costs the ORM several times what the database takes to run it.
    """
    rows = list(objects)
    while rows:
        batch = rows[: _most(type(rows[0]))]
        rows = rows[len(batch) :]
        _insert(type(batch[0]), batch)


def update_row(row: Model, *names: str) -> None:
    """As `save(update_fields=names)` of a row that is there."""
    update_rows([row], *names)


def update_rows(rows: Sequence[Model], *names: str) -> None:
    """The same for several rows of one model: one text, sent once for each, and the database is waited for once."""
    if not rows:
        return
    model = type(rows[0])
    key = model._meta.pk
    fields = [field for field in _all(model) if field.name in names]
    text = _update(connection.vendor, model, tuple(str(field.column) for field in fields))
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in (*fields, key)]
        for row in rows
    ]
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(text, values[0])
        else:
            cursor.executemany(text, values)


@cache
def _update(vendor: str, model: type[Model], columns: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    places = ", ".join(f"{quote(column)} = %s" for column in columns)
    return f"UPDATE {quote(model._meta.db_table)} SET {places} WHERE {quote(_key_column(model))} = %s"  # noqa: S608


def _insert(model: type[Model], rows: Sequence[Model]) -> None:
    fields = _fields(model)
    values = [
        [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
        for row in rows
    ]
    with connection.cursor() as cursor:
        _send(cursor, model, values)
        if _numbers_itself(model):
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _send(cursor: Any, model: type[Model], values: Sequence[Sequence[Any]]) -> None:
    """psycopg takes a long statement with many places apart each time; one row's places it knows by heart."""
    head, row, tail = _statement(connection.vendor, model)
    if len(values) == 1:
        cursor.execute(head + row + tail, values[0])
    elif connection.vendor == "postgresql":
        cursor.execute(head + ", ".join(cursor.mogrify(row, each) for each in values) + tail)
    else:
        flat = [value for each in values for value in each]
        cursor.execute(head + ", ".join([row] * len(values)) + tail, flat)


def _all(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    return tuple(model._meta.local_concrete_fields)


@cache
def _fields(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    return tuple(field for field in _all(model) if not isinstance(field, AutoField))


def _key_column(model: type[Model]) -> str:
    column = model._meta.pk.column
    assert column is not None
    return column


@cache
def _statement(vendor: str, model: type[Model]) -> tuple[str, str, str]:
    """What comes before the rows, the places of one, and what comes after them."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in _fields(model))
    places = f"({', '.join(['%s'] * len(_fields(model)))})"
    returning = f" RETURNING {quote(_key_column(model))}" if _numbers_itself(model) else ""
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ", places, returning  # noqa: S608


def _numbers_itself(model: type[Model]) -> bool:
    return isinstance(model._meta.pk, AutoField)


def _most(model: type[Model]) -> int:
    """SQLite takes so many values in one statement; for the others a statement should stay readable in their logs."""
    return max(1, (connection.features.max_query_params or 5000) // len(_fields(model)))
