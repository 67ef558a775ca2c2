"""The planner, on companies nobody thought of: random tables, references and strategies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal.connectors.base import Identifier
from privacy_portal.connectors.sql import SqlConnector
from tests.connectors.world import NOON, order

SECRET = '{"pseudonym_key": "0123456789abcdef"}'
STRATEGIES = ("delete", "null", "mask", "pseudonymise", "keep", "keep_for_a_time")


@dataclass(frozen=True)
class Table:
    """`parents` are numbers of earlier tables; `nullable` and `described` tell of the link to each."""

    strategies: tuple[str, ...]
    parents: tuple[int, ...]
    nullable: tuple[bool, ...]
    described: tuple[bool, ...]
    has_identity: bool
    strict: bool


@dataclass(frozen=True)
class Row:
    table: int
    person: int
    year: int
    parents: tuple[int, ...]


@st.composite
def tables(draw) -> list[Table]:
    made = []
    for number in range(draw(st.integers(1, 4))):
        parents = tuple(draw(st.lists(st.integers(0, number - 1), max_size=2, unique=True))) if number else ()
        flags = st.lists(st.booleans(), min_size=len(parents), max_size=len(parents)).map(tuple)
        made.append(
            Table(
                strategies=tuple(draw(st.lists(st.sampled_from(STRATEGIES), min_size=1, max_size=3))),
                parents=parents,
                nullable=draw(flags),
                described=draw(flags),
                has_identity=number == 0 or draw(st.booleans()),
                strict=draw(st.booleans()),
            )
        )
    return made


@st.composite
def companies(draw) -> tuple[list[Table], list[Row]]:
    shape = draw(tables())
    rows: list[Row] = []
    for number, table in enumerate(shape):
        for _ in range(draw(st.integers(0, 4))):
            parents = []
            for parent, nullable in zip(table.parents, table.nullable, strict=True):
                keys = [key for key, row in enumerate(rows, start=1) if row.table == parent]
                choices = ([0] if nullable else []) + keys
                parents.append(draw(st.sampled_from(choices)) if choices else -1)
            if -1 not in parents:
                rows.append(
                    Row(number, draw(st.integers(1, 2)), draw(st.integers(2010, 2026)), tuple(parents))
                )
    return shape, rows


def build(path: str, shape: list[Table], rows: list[Row]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, table in enumerate(shape):
            filled = "NOT NULL" if table.strict else ""
            columns = ["id INTEGER PRIMARY KEY", "email TEXT", "started TEXT"]
            columns += [
                f"field{n} TEXT {filled} {'UNIQUE' if n == 1 else ''}" for n in range(len(table.strategies))
            ]
            columns += [
                f"link{parent} INTEGER {'' if nullable else 'NOT NULL'} REFERENCES table{parent} (id)"
                for parent, nullable in zip(table.parents, table.nullable, strict=True)
            ]
            connection.execute(f"CREATE TABLE table{number} ({', '.join(columns)})")
        for key, row in enumerate(rows, start=1):
            fields = [f"secret-{row.person}-{key}-{n}" for n in range(len(shape[row.table].strategies))]
            values = [
                key,
                f"p{row.person}@example.org",
                f"{row.year}-06-15",
                *fields,
                *(each or None for each in row.parents),
            ]
            connection.execute(f"INSERT INTO table{row.table} VALUES ({','.join('?' * len(values))})", values)


def described(shape: list[Table]) -> list[dict]:
    return [
        {
            "name": f"table{number}",
            "key": "id",
            "identity": {"email": "email"} if table.has_identity else {},
            "references": [
                {"field": f"link{parent}", "to": f"table{parent}"}
                for parent, told in zip(table.parents, table.described, strict=True)
                if told
            ],
            "fields": [field(n, strategy) for n, strategy in enumerate(table.strategies)],
            "retention": {"start": "started", "period": "P5Y"},
        }
        for number, table in enumerate(shape)
    ]


def field(number: int, strategy: str) -> dict:
    base = {
        "name": f"field{number}",
        "category": "identity",
        "erase": strategy.split("_")[0],
        "reason": "because",
    }
    return {**base, "start": "started", "period": "P7Y"} if strategy == "keep_for_a_time" else base


def state(path: str, shape: list[Table]) -> list:
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT * FROM table{number} ORDER BY id").fetchall()
            for number in range(len(shape))
        ]


def broken(path: str) -> list:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA foreign_key_check").fetchall()


@pytest.fixture
def place(tmp_path_factory):
    """A fresh file for each example."""
    return lambda: str(tmp_path_factory.mktemp("company") / "company.db")


ANN = (Identifier("email", "p1@example.org"),)


@given(company=companies())
def test_an_erase_breaks_no_foreign_key_and_a_second_changes_nothing(place, company):
    shape, rows = company
    path = place()
    build(path, shape, rows)
    sql = SqlConnector({"url": f"sqlite:///{path}", "datasets": described(shape)}, secret=SECRET)

    planned = sql.locate(order("locate", ANN))
    before = state(path, shape)
    done = sql.erase(order("erase", ANN))

    assert done.rows_left == 0
    assert broken(path) == []
    assert planned.datasets == done.datasets
    gone = sum(map(len, before)) - sum(map(len, state(path, shape)))
    assert gone == sum(each.erased for each in done.datasets)
    for each in done.datasets:
        assert each.found == each.erased + each.changed + each.kept + each.left

    after = state(path, shape)
    again = sql.erase(order("erase", ANN))
    assert again.rows_left == 0
    assert state(path, shape) == after


@given(company=companies())
def test_after_an_erase_only_fields_that_are_kept_still_say_anything(place, company):
    shape, rows = company
    path = place()
    build(path, shape, rows)
    sql = SqlConnector({"url": f"sqlite:///{path}", "datasets": described(shape)}, secret=SECRET)
    mine = reached(shape, rows, person=1)

    sql.erase(order("erase", ANN))

    for number, table in enumerate(shape):
        for values in state(path, shape)[number]:
            key, texts = values[0], values[3 : 3 + len(table.strategies)]
            for strategy, text in zip(table.strategies, texts, strict=True):
                if key not in mine:
                    assert text.startswith("secret-")
                elif not strategy.startswith("keep") and text is not None:
                    assert not text.startswith("secret-")


def reached(shape: list[Table], rows: list[Row], *, person: int) -> set[int]:
    """Keys the person's address finds, and those that refer to them by a described reference; the slow, plain way."""
    found: set[int] = set()
    for key, row in enumerate(rows, start=1):
        table = shape[row.table]
        named = table.has_identity and row.person == person
        links = zip(row.parents, table.described, strict=True)
        if named or any(told and parent in found for parent, told in links):
            found.add(key)
    return found


@given(company=companies(), limit=st.integers(1, 3))
def test_a_sweep_ends_breaks_no_foreign_key_and_spares_who_is_on_hold(place, company, limit):
    shape, rows = company
    path = place()
    build(path, shape, rows)
    sql = SqlConnector({"url": f"sqlite:///{path}", "datasets": described(shape)}, secret=SECRET)
    held = {key for key, row in enumerate(rows, start=1) if row.person == 2 and shape[row.table].has_identity}
    before = {values[0]: values for each in state(path, shape) for values in each}
    said = {"dataset": "table0", "before": NOON.replace(year=2021).isoformat(), "limit": limit}

    left = []
    for _ in range(len(rows) + 1):
        left.append(
            sql.expire(order("expire", (Identifier("email", "p2@example.org"),), instructions=said)).rows_left
        )
        if left[-1] == 0:
            break

    assert left[-1] == 0
    assert left == sorted(left, reverse=True)
    assert broken(path) == []
    after = {values[0]: values for values in state(path, shape)[0]}
    for key in held & {key for key, row in enumerate(rows, start=1) if row.table == 0}:
        assert after[key] == before[key]
    again = state(path, shape)
    assert (
        sql.expire(order("expire", (Identifier("email", "p2@example.org"),), instructions=said)).rows_left
        == 0
    )
    assert state(path, shape) == again
