"""Databases: a person's rows and what refers to them, erased in one transaction, then asked for again."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from privacy_portal.connectors import clock, dataset
from privacy_portal.connectors.base import DatasetOutcome, Order, Outcome, Record, Refused
from privacy_portal.connectors.relational import columns, engine, scope, sweep
from privacy_portal.connectors.relational import plan as planning
from privacy_portal.connectors.relational.carry_out import carry_out, what_is_left
from privacy_portal.connectors.relational.plan import Terms
from privacy_portal.connectors.relational.tables import Described, reflect


class SqlConnector:
    """Options: `url`, `datasets`, and beside them `restriction`, `stop`, `resume`, `stop_actions`, `exact`
    (docs/connector_contract.md). The secret is a password, a whole URL, or JSON with `url`, `password` and
    `pseudonym_key`. Everything here can be done twice with the same result.
    """

    repeatable = True

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        url, self._pseudonym_key = engine.url_and_key(str(options.get("url") or ""), secret)
        self._datasets = dataset.parse(options)
        self._stop_actions = frozenset(options.get("stop_actions", ("stop_processing", "resume_processing")))
        self._engine = engine.engine_for(url)
        self._catalogue: tuple[Described, ...] = ()
        self._reflecting = threading.Lock()

    def locate(self, order: Order) -> Outcome:
        """What an erase of the same order would do, by the same plan; and further ways to find the person."""
        with self._reading(order) as (connection, catalogue):
            person = scope.of_person(catalogue, order.identifiers)
            plans = planning.make(connection, catalogue, person, self._terms(order))
            identifiers = columns.further_identifiers(connection, catalogue, order.identifiers)
        return replace(_outcome([plans[each.name].outcome() for each in catalogue]), identifiers=identifiers)

    def export(self, order: Order) -> Outcome:
        return Outcome(records=_Records(lambda: self._records(order)))

    def erase(self, order: Order) -> Outcome:
        """One transaction; `rows_left` is counted in another connection, by identifiers and by keys."""
        with self._writing(order) as (connection, catalogue):
            person = scope.of_person(catalogue, order.identifiers)
            plans = planning.make(connection, catalogue, person, replace(self._terms(order), lock=True))
            carry_out(connection, plans)
        with self._reading(order) as (connection, _same):
            left = what_is_left(connection, catalogue, person, plans, self._terms(order))
            datasets = [plans[each.name].outcome(left[each.name]) for each in catalogue]
        return _outcome(datasets, rows_left=sum(each.left for each in datasets))

    def rectify(self, order: Order) -> Outcome:
        with self._writing(order) as (connection, catalogue):
            change = columns.rectification(connection, catalogue, order)
            change.carry_out(connection)
        return self._after_change(order, [change])

    def restrict(self, order: Order) -> Outcome:
        """Mark the person's rows; raises Refused where no dataset has a column for it."""
        lift = bool(order.instructions.get("lift", False))
        with self._writing(order) as (connection, catalogue):
            changes = columns.restrictions(
                connection, catalogue, order.identifiers, at=_now(order), lift=lift
            )
            for change in changes:
                change.carry_out(connection)
        return self._after_change(order, changes)

    def expire(self, order: Order) -> Outcome:
        """One batch of rows past their period. `rows_left` says how many still are, so that the caller goes on."""
        if order.instructions.get("dry_run"):
            with self._reading(order) as (connection, catalogue):
                asked = sweep.Sweep.of(order, catalogue)
                return _outcome(
                    sweep.total(connection, catalogue, asked, self._terms(order, asked.root.name)).values()
                )
        with self._writing(order) as (connection, catalogue):
            asked = sweep.Sweep.of(order, catalogue)
            terms = self._terms(order, asked.root.name)
            plans = sweep.next_batch(connection, catalogue, asked, replace(terms, lock=True))
            carry_out(connection, plans)
        with self._reading(order) as (connection, _same):
            by_key = what_is_left(connection, catalogue, {}, plans, terms) if plans else {}
            due = sweep.still_due(connection, catalogue, asked, terms)
        datasets = [plans[each.name].outcome(by_key[each.name]) for each in catalogue if each.name in plans]
        return _outcome(datasets, rows_left=max(sum(due.values()), sum(each.left for each in datasets)))

    def notify(self, order: Order) -> Outcome:
        """Set the columns that stop (or take up again) a purpose; raises Refused where none is described for it."""
        with self._writing(order) as (connection, catalogue):
            changes = columns.switches(connection, catalogue, order, at=_now(order))
            for change in changes:
                change.carry_out(connection)
        outcome = self._after_change(order, changes)
        done = [each for each in order.instructions.get("actions", ()) if each in self._stop_actions]
        return replace(outcome, actions=() if outcome.rows_left else tuple(done))

    def _after_change(self, order: Order, changes: Sequence[columns.Change]) -> Outcome:
        with self._reading(order) as (connection, _catalogue):
            outcomes = [change.outcome(connection) for change in changes]
        return _outcome(outcomes, rows_left=sum(each.left for each in outcomes))

    def _records(self, order: Order) -> Iterator[Record]:
        with self._reading(order) as (connection, catalogue):
            person = scope.of_person(catalogue, order.identifiers)
            for described in catalogue:
                for condition in person.get(described.name, ()):
                    query = sa.select(*columns.shown(described)).where(condition)
                    for row in scope.rows(connection, query, described.key):
                        yield Record(described.name, {name: _plain(value) for name, value in row.items()})

    @contextmanager
    def _reading(self, order: Order) -> Iterator[tuple[sa.Connection, tuple[Described, ...]]]:
        with self._forgetting(), engine.reading(self._engine, order.timeout_seconds) as connection:
            yield connection, self._described(connection, order)

    @contextmanager
    def _writing(self, order: Order) -> Iterator[tuple[sa.Connection, tuple[Described, ...]]]:
        with self._forgetting(), engine.writing(self._engine, order.timeout_seconds) as connection:
            yield connection, self._described(connection, order)

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """What a database refuses may be because its tables have changed: look at them anew next time."""
        try:
            yield
        except Refused:
            self._catalogue = ()
            raise

    def _described(self, connection: sa.Connection, order: Order) -> tuple[Described, ...]:
        """The tables as they are, read once; an approved plan may choose other strategies than the description."""
        with self._reflecting:
            catalogue = self._catalogue = self._catalogue or reflect(connection, self._datasets)
        plan = order.instructions.get("plan") or {}
        unknown = plan.keys() - {each.name for each in catalogue}
        if unknown:
            raise Refused("no_such_dataset")
        return tuple(
            replace(each, dataset=each.dataset.with_strategies(plan[each.name]))
            if each.name in plan
            else each
            for each in catalogue
        )

    def _terms(self, order: Order, swept: str = "") -> Terms:
        return Terms(today=_now(order).date(), pseudonym_key=self._pseudonym_key, sweep=swept)


class _Records:
    """Read from the database while they are iterated."""

    def __init__(self, read: Callable[[], Iterator[Record]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[Record]:
        return self._read()


def _now(order: Order) -> datetime:
    return order.now or clock.utc_now()


def _outcome(datasets: Iterable[DatasetOutcome], *, rows_left: int | None = None) -> Outcome:
    """A database sends no answer to hash: the evidence is that of the counts."""
    given = tuple(datasets)
    counts = json.dumps([[each.as_json() for each in given], rows_left], sort_keys=True)
    return Outcome(datasets=given, rows_left=rows_left, evidence=hashlib.sha256(counts.encode()).hexdigest())


def _plain(value: Any) -> Any:
    """A database value as JSON can carry it."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value
