"""The plan of an erasure: which rows go, which stay and how. `locate` shows it, `erase` carries it out.

Children come before parents: a row that stays and needs its parent makes the parent stay, emptied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import Any

import sqlalchemy as sa

from privacy_portal.connectors.base import DatasetOutcome, Kept
from privacy_portal.connectors.dataset import Field, Strategy
from privacy_portal.connectors.relational.decide import Judge, Row, Staying
from privacy_portal.connectors.relational.scope import Scope, chunks, rows
from privacy_portal.connectors.relational.tables import Described, Link


@dataclass(slots=True)
class DatasetPlan:
    """`gone` are keys of rows to delete."""

    described: Described
    gone: dict[Any, None] = field(default_factory=dict)
    staying: list[Staying] = field(default_factory=list)

    def keys(self) -> list[Any]:
        return [*self.gone, *(row.key for row in self.staying)]

    def work(self) -> set[Any]:
        """Keys of rows in which something is still to be done."""
        return {*self.gone, *(row.key for row in self.staying if row.changes)}

    def outcome(self, left: set[Any] = frozenset()) -> DatasetOutcome:  # type: ignore[assignment]
        """The counts of this plan, with those rows taken out that are `left`."""
        staying = [row for row in self.staying if row.key not in left]
        erased = len(self.gone.keys() - left)
        return DatasetOutcome(
            dataset=self.described.name,
            found=erased + len(staying) + len(left),
            erased=erased,
            changed=sum(not row.kept for row in staying),
            pseudonymised=sum(row.pseudonymised for row in staying),
            kept=sum(row.kept for row in staying),
            left=len(left),
            grounds=grounds_together(ground for row in self.staying for ground in row.grounds),
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan is made by. `sweep` names the dataset of a retention sweep: other datasets' own periods then hold."""

    today: date
    pseudonym_key: bytes = b""
    sweep: str = ""
    lock: bool = False


def make(
    connection: sa.Connection, catalogue: Sequence[Described], scope: Scope, terms: Terms
) -> dict[str, DatasetPlan]:
    """Plans by dataset, children first: the order in which they are carried out."""
    planner = _Planner(connection, terms)
    order = children_first(catalogue)
    for described in order:
        planner.add(described, scope.get(described.name, ()))
    return {described.name: planner.plans[described.name] for described in order}


def children_first(catalogue: Sequence[Described]) -> list[Described]:
    """By the described references, and as far as they allow by the database's own foreign keys."""
    parents = {described.table.name: described for described in catalogue}
    waiting = list(reversed(catalogue))
    done: list[Described] = []
    while waiting:
        free = [each for each in waiting if not _children_among(each, waiting, parents)] or [
            each for each in waiting if not _referring(each, waiting)
        ]
        done.append(free[0])
        waiting.remove(free[0])
    return done


def _children_among(
    parent: Described, waiting: Iterable[Described], by_table: Mapping[str, Described]
) -> bool:
    tables = {link.table for link in parent.incoming}
    return _referring(parent, waiting) or any(
        child is not parent and child.table.name in tables and by_table[child.table.name] is child
        for child in waiting
    )


def _referring(parent: Described, waiting: Iterable[Described]) -> bool:
    return any(reference.to == parent.name for child in waiting for reference in child.dataset.references)


class _Planner:
    """Plans one dataset after the other and remembers which parents are needed by what stays."""

    def __init__(self, connection: sa.Connection, terms: Terms) -> None:
        self.plans: dict[str, DatasetPlan] = {}
        self._connection = connection
        self._terms = terms
        self._needed: dict[str, dict[Any, str]] = {}
        self._loose: dict[str, list[tuple[Any, Staying, str]]] = {}

    def add(self, described: Described, conditions: Iterable[Any]) -> None:
        plan = self.plans[described.name] = DatasetPlan(described)
        terms = self._terms
        judge = Judge(described, terms.today, terms.pseudonym_key, sweep=bool(terms.sweep))
        seen: set[Any] = set()
        for row in self._rows(described, conditions):
            key = row[described.dataset.key]
            if key in seen:
                continue
            seen.add(key)
            if self._has_own_period(described, row):
                self._let_stay(plan, self._untouched(key), row, detach=False)
            elif judge.may_delete(row):
                plan.gone[key] = None
            else:
                self._let_stay(plan, judge.stay(row), row, detach=True)
        self._keep_needed(plan, judge)
        self._detach(plan)

    def _rows(self, described: Described, conditions: Iterable[Any]) -> Iterator[Row]:
        columns = [described.column(name) for name in _columns(described)]
        for condition in conditions:
            query = sa.select(*columns).where(condition)
            if self._terms.lock:
                query = query.with_for_update(of=described.table)
            for row in rows(self._connection, query, described.key):
                yield dict(row)

    def _has_own_period(self, described: Described, row: Row) -> bool:
        """In a sweep, rows of other datasets stay until their own rule says otherwise."""
        retention = described.dataset.retention
        if not self._terms.sweep or described.name == self._terms.sweep or retention is None:
            return False
        rule = Field(name="", erase=Strategy.KEEP, start=retention.start, period=retention.period)
        return Judge(described, self._terms.today).keeps(rule, row)

    def _untouched(self, key: Any) -> Staying:
        return Staying(key=key, kept=True, grounds=[Kept("*", 1, "its own retention period has not run out")])

    def _let_stay(self, plan: DatasetPlan, staying: Staying, row: Row, *, detach: bool) -> None:
        plan.staying.append(staying)
        kept = {ground.field for ground in staying.grounds}
        for reference in plan.described.dataset.references:
            value = row[reference.field]
            if value is None:
                continue
            if detach and reference.field not in kept and plan.described.column(reference.field).nullable:
                self._loose.setdefault(reference.to, []).append((value, staying, reference.field))
            else:
                self._needed.setdefault(reference.to, {})[value] = plan.described.name

    def _keep_needed(self, plan: DatasetPlan, judge: Judge) -> None:
        """Rows that were to go but are referred to by what stays: emptied instead, and said so."""
        asked_for = self._needed.get(plan.described.name, {})
        while needed := {
            key: name for key, name in asked_for.items() if key in plan.gone
        } | self._referred_to(plan):
            # A row that now stays may itself refer to another of this table: look again.
            for row in list(
                self._rows(plan.described, [plan.described.key.in_(chunk) for chunk in chunks(list(needed))])
            ):
                staying = judge.stay(row)
                reason = f"rows of {needed[staying.key]} that stay refer to it"
                staying.grounds.append(Kept(plan.described.dataset.key, 1, reason))
                del plan.gone[staying.key]
                self._let_stay(plan, staying, row, detach=True)

    def _referred_to(self, plan: DatasetPlan) -> dict[Any, str]:
        """Keys that rows outside the plan hold by a foreign key of the database nobody described."""
        found: dict[Any, str] = {}
        described_by = {each.described.table.name: each for each in self.plans.values()}
        for link in plan.described.incoming:
            child = described_by.get(link.table)
            if link.target_column == plan.described.dataset.key and not _is_followed(link, plan, child):
                for chunk in chunks(list(plan.gone)):
                    found.update((key, link.table) for key in self._holders(link, chunk, child))
        return found

    def _holders(self, link: Link, keys: Sequence[Any], child: DatasetPlan | None) -> Iterator[Any]:
        table = (
            child.described.table
            if child
            else sa.table(link.table, sa.column(link.column), schema=link.schema)
        )
        columns = [table.c[link.column], *([child.described.key] if child else [])]
        letting_go = set(child.gone) if child else set()
        if child:
            letting_go |= {row.key for row in child.staying if row.changes.get(link.column, row) is None}
        for held, *own in self._connection.execute(sa.select(*columns).where(columns[0].in_(keys))):
            if not own or own[0] not in letting_go:
                yield held

    def _detach(self, plan: DatasetPlan) -> None:
        """Rows that stay let go of a parent that is deleted, and only of that."""
        for value, staying, column in self._loose.get(plan.described.name, ()):
            if value in plan.gone:
                staying.changes[column] = None


def _is_followed(link: Link, plan: DatasetPlan, child: DatasetPlan | None) -> bool:
    """References that were described are in the plan already; a table nobody described may look after itself."""
    if child is None:
        return link.cascades
    return any(
        reference.to == plan.described.name and reference.field == link.column
        for reference in child.described.dataset.references
    )


def _columns(described: Described) -> list[str]:
    """What the rules look at; nothing else of the row is read."""
    dataset = described.dataset
    personal = dataset.personal()
    names = [dataset.key, *(each.name for each in personal), *(each.start for each in personal if each.start)]
    names += [reference.field for reference in dataset.references]
    names += [dataset.retention.start] if dataset.retention else []
    return list(dict.fromkeys(names))


def grounds_together(*parts: Iterable[Kept]) -> tuple[Kept, ...]:
    """One entry per field and reason; rows added, the latest end."""
    summed: dict[tuple[str, str], Kept] = {}
    for each in chain(*parts):
        known = summed.get((each.field, each.reason))
        summed[each.field, each.reason] = (
            replace(known, rows=known.rows + each.rows, until=_later(known.until, each.until))
            if known
            else each
        )
    return tuple(summed.values())


def _later(one: str, other: str) -> str:
    """An unknown end is later than any."""
    return max(one, other) if one and other else ""
