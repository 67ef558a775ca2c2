"""A system in memory that keeps the contract, and fails when it is told to: for tests and for trying things out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy_portal.connectors.base import (
    DatasetOutcome,
    Identifier,
    Order,
    Outcome,
    Record,
    Refused,
    State,
    Unreachable,
)
from privacy_portal.vocabulary import Verb

Row = dict[str, Any]


@dataclass
class Store:
    """What a fake holds. A row is a person's if a column named like an identifier's kind has its value.

    `script` is worked off call by call: `"unreachable:code"`, `"refused:code"`, `"accepted"`, `"needs_person"`,
    `"lost"` (the effect happens, its answer does not arrive), `"ok"`. `effects` counts by key what was done.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    script: deque[str] = field(default_factory=deque)
    calls: list[Order] = field(default_factory=list)
    effects: dict[str, int] = field(default_factory=dict)
    answers: dict[str, Outcome] = field(default_factory=dict)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    carries_out: list[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_stores: dict[str, Store] = {}


def store(name: str = "default") -> Store:
    """The store of this name, made empty if there is none."""
    return _stores.setdefault(name, Store())


def forget() -> None:
    """Empty every store; connectors already made see the new ones."""
    _stores.clear()


class FakeConnector:
    """Options: `store` (a name), `rows` ({dataset: [row]}, put into the store if it is new), `repeatable`,
    `carries_out` (the actions it knows how to do, put into the store; all where it does not say).
    """

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        self._name = str(options.get("store", "default"))
        self.repeatable = bool(options.get("repeatable", True))
        if self._name not in _stores:
            rows = options.get("rows") or {}
            _stores[self._name] = Store(
                rows={name: [dict(row) for row in given] for name, given in rows.items()},
                carries_out=options.get("carries_out"),
            )

    def locate(self, order: Order) -> Outcome:
        return self._answer(order)

    def export(self, order: Order) -> Outcome:
        return self._answer(order)

    def erase(self, order: Order) -> Outcome:
        return self._answer(order)

    def rectify(self, order: Order) -> Outcome:
        return self._answer(order)

    def restrict(self, order: Order) -> Outcome:
        return self._answer(order)

    def expire(self, order: Order) -> Outcome:
        return self._answer(order)

    def notify(self, order: Order) -> Outcome:
        return self._answer(order)

    def _answer(self, order: Order) -> Outcome:
        held = store(self._name)
        with held.lock:
            held.calls.append(order)
            step, _, code = (held.script.popleft() if held.script else "ok").partition(":")
            if step == "unreachable":
                raise Unreachable(code or "no_answer")
            if step == "refused":
                raise Refused(code or "refused")
            if step == "needs_person":
                return Outcome(state=State.NEEDS_PERSON)
            outcome = _done_once(held, order)
            if step == "lost":
                raise Unreachable("no_answer")
            return Outcome(state=State.ACCEPTED) if step == "accepted" else outcome


def _done_once(held: Store, order: Order) -> Outcome:
    """Reads are answered anew; an effect happens once per key, and its answer is remembered."""
    if order.verb in (Verb.LOCATE, Verb.EXPORT):
        return _VERBS[order.verb](held, order)
    if order.key not in held.answers:
        held.answers[order.key] = _VERBS[order.verb](held, order)
        held.effects[order.key] = held.effects.get(order.key, 0) + 1
    return held.answers[order.key]


def _locate(held: Store, order: Order) -> Outcome:
    counts = {name: len(_of(rows, order)) for name, rows in held.rows.items()}
    datasets = tuple(DatasetOutcome(name, found=found, erased=found) for name, found in counts.items())
    known = {(each.kind, each.value) for each in order.identifiers}
    kinds = ("email", "phone", "customer_id", "device_id")
    rows = [row for each in held.rows.values() for row in _of(each, order)]
    further = {(kind, str(row[kind])) for row in rows for kind in kinds if row.get(kind)} - known
    return Outcome(datasets=datasets, identifiers=tuple(Identifier(*pair) for pair in sorted(further)))


def _export(held: Store, order: Order) -> Outcome:
    return Outcome(
        records=[Record(name, dict(row)) for name, rows in held.rows.items() for row in _of(rows, order)]
    )


def _erase(held: Store, order: Order) -> Outcome:
    return _removed(held, {name: _of(rows, order) for name, rows in held.rows.items()}, left_of_all=0)


def _expire(held: Store, order: Order) -> Outcome:
    asked = order.instructions
    name = asked["dataset"]
    if name not in held.rows:
        raise Refused("no_such_dataset")
    stay = {id(row) for row in _of(held.rows[name], order)}
    due = [row for row in held.rows[name] if row.get("start", "") < asked["before"] and id(row) not in stay]
    if asked.get("dry_run"):
        return Outcome(datasets=(DatasetOutcome(name, found=len(due), erased=len(due)),))
    batch = due[: int(asked.get("limit") or 500)]
    return _removed(held, {name: batch}, left_of_all=len(due) - len(batch))


def _removed(held: Store, gone: Mapping[str, list[Row]], *, left_of_all: int) -> Outcome:
    datasets = []
    for name, rows in gone.items():
        marks = {id(row) for row in rows}
        held.rows[name] = [row for row in held.rows[name] if id(row) not in marks]
        datasets.append(DatasetOutcome(name, found=len(rows), erased=len(rows)))
    return Outcome(datasets=tuple(datasets), rows_left=left_of_all)


def _rectify(held: Store, order: Order) -> Outcome:
    name = order.instructions["dataset"]
    if name not in held.rows:
        raise Refused("no_such_dataset")
    rows = _of(held.rows[name], order)
    for row in rows:
        row.update({field: order.values[field] for field in order.instructions["fields"]})
    return Outcome(datasets=(DatasetOutcome(name, found=len(rows), changed=len(rows)),), rows_left=0)


def _restrict(held: Store, order: Order) -> Outcome:
    datasets = []
    for name, all_rows in held.rows.items():
        rows = _of(all_rows, order)
        for row in rows:
            row["restricted"] = not order.instructions.get("lift")
        datasets.append(DatasetOutcome(name, found=len(rows), changed=len(rows)))
    return Outcome(datasets=tuple(datasets), rows_left=0)


def _notify(held: Store, order: Order) -> Outcome:
    known = held.carries_out
    asked = order.instructions.get("actions", ())
    actions = tuple(action for action in asked if known is None or action in known)
    change = (
        held.stopped.discard
        if str(order.instructions.get("type", "")).endswith("given")
        else held.stopped.add
    )
    for identifier in order.identifiers:
        change((identifier.value, str(order.instructions.get("purpose", ""))))
    return Outcome(actions=actions)


_VERBS = {
    Verb.LOCATE: _locate,
    Verb.EXPORT: _export,
    Verb.ERASE: _erase,
    Verb.RECTIFY: _rectify,
    Verb.RESTRICT: _restrict,
    Verb.EXPIRE: _expire,
    Verb.NOTIFY: _notify,
}


def _of(rows: list[Row], order: Order) -> list[Row]:
    return [
        row for row in rows if any(str(row.get(each.kind, "")) == each.value for each in order.identifiers)
    ]
