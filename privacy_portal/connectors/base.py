"""The contract between the fan-out and every outside system: seven verbs, one Order in, one Outcome out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from privacy_portal.vocabulary import Verb


class Unreachable(Exception):
    """The system did not answer, or answered that it cannot now: try again, with back-off."""

    def __init__(self, code: str, *, retry_after_seconds: float | None = None) -> None:
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        super().__init__(code)


class Refused(Exception):
    """The system answered, and its answer needs a person: trying again changes nothing."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One way to find a person; `kind` as in IdentifierKind. In memory only."""

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a system.

    `key` is the idempotency key: the same over all retries of one task. `instructions` depend on the verb and
    hold no personal data:
    erase/locate: {"right": …, "plan": {dataset: {field: strategy}}?};
    expire: {"dataset": name, "before": ISO date-time, "limit": rows?, "dry_run": bool?}; the `identifiers` of an
    expire are those of people on hold: their rows stay;
    restrict: {"lift": bool?};
    notify: {"type": "consent.withdrawn", "purpose": code, "actions": [code], "data": {}} or, for mail,
    {"template": name, "context": {}, "language": "en"};
    rectify: {"dataset": name, "fields": [name]}, the new values travel in `values`.
    """

    verb: Verb
    key: str
    cause: str
    identifiers: tuple[Identifier, ...] = ()
    subject_ref: str = ""
    instructions: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    callback_url: str = ""
    timeout_seconds: float = 30.0
    deadline: datetime | None = None
    asked_at: datetime | None = None
    """When the task was written: the same over all retries. OpenDSR's `submitted_time`."""
    now: datetime | None = None
    """The moment by which periods are judged; the clock's own where None."""


class State(StrEnum):
    DONE = "done"
    ACCEPTED = "accepted"
    """The system took the order and will answer by signed callback."""
    NEEDS_PERSON = "needs_person"


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows or fields a system keeps, and the ground on which it may."""

    field: str
    rows: int
    reason: str
    article: str = ""
    until: str = ""
    """ISO day from which the last of these rows is no longer kept; empty where unknown."""


@dataclass(frozen=True, slots=True)
class DatasetOutcome:
    """What happened (or, for locate, would happen) in one dataset; all numbers are rows.

    `found` rows matched the person; `erased` were deleted; `changed` stay with personal fields nulled, masked or
    pseudonymised; `kept` stay with at least one field kept on a ground (whatever else was changed in them); `left`
    still match and should not. After an erase found = erased + changed + kept + left.
    `pseudonymised` rows, among those changed or kept, can still be tied to a person by who holds the key: they do
    not count as erased.
    """

    dataset: str
    found: int = 0
    erased: int = 0
    changed: int = 0
    pseudonymised: int = 0
    kept: int = 0
    left: int = 0
    grounds: tuple[Kept, ...] = ()

    def as_json(self) -> dict[str, Any]:
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {"dataset": self.dataset, **numbers, "grounds": [_kept_json(kept) for kept in self.grounds]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError on a body that is not of this shape."""
        grounds = tuple(Kept(**ground) for ground in data.get("grounds", ()))
        numbers = {name: int(data.get(name, 0)) for name in _NUMBERS}
        return cls(dataset=str(data["dataset"]), grounds=grounds, **numbers)


_NUMBERS = ("found", "erased", "changed", "pseudonymised", "kept", "left")


def _kept_json(kept: Kept) -> dict[str, Any]:
    return {
        "field": kept.field,
        "rows": kept.rows,
        "reason": kept.reason,
        "article": kept.article,
        "until": kept.until,
    }


@dataclass(frozen=True, slots=True)
class Record:
    """One exported row: personal data, streamed into a Parcel and nowhere else."""

    dataset: str
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a system answered.

    `rows_left` is counted by asking again after an erase or expire; None where the verb leaves nothing to count.
    `records` (export) is a one-way stream. `identifiers` (locate) are further ways to find the person.
    `actions` (notify) are the required actions the system says it has carried out.
    `evidence` is the SHA-256 of the system's raw answer, or of the counts where there is none.
    """

    state: State = State.DONE
    datasets: tuple[DatasetOutcome, ...] = ()
    rows_left: int | None = None
    records: Iterable[Record] = field(default=(), repr=False)
    identifiers: tuple[Identifier, ...] = field(default=(), repr=False)
    actions: tuple[str, ...] = ()
    evidence: str = ""

    def as_json(self) -> dict[str, Any]:
        """Without records and identifiers: this may be stored."""
        return {
            "state": str(self.state),
            "datasets": [dataset.as_json() for dataset in self.datasets],
            "rows_left": self.rows_left,
            "actions": list(self.actions),
            "evidence": self.evidence,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            state=State(data.get("state", "done")),
            datasets=tuple(DatasetOutcome.from_json(row) for row in data.get("datasets", ())),
            rows_left=data.get("rows_left"),
            actions=tuple(data.get("actions", ())),
            evidence=str(data.get("evidence", "")),
        )


class Connector(Protocol):
    """Every method may raise Unreachable or Refused, nothing else.

    `repeatable` is False for a system that cannot honour an idempotency key: after a lost answer its task goes
    to a person instead of being tried again.
    """

    repeatable: bool

    def locate(self, order: Order) -> Outcome: ...
    def export(self, order: Order) -> Outcome: ...
    def erase(self, order: Order) -> Outcome: ...
    def rectify(self, order: Order) -> Outcome: ...
    def restrict(self, order: Order) -> Outcome: ...
    def expire(self, order: Order) -> Outcome: ...
    def notify(self, order: Order) -> Outcome: ...
