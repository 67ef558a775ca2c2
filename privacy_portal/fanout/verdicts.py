"""What an answer means for its task: pure rules, no rows."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from privacy_portal.connectors.base import DatasetOutcome, Outcome, State
from privacy_portal.fanout.calls import Answer, Trouble
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import Verb

NOT_DONE_TRIES = 3
"""So often a system is asked that answers without having done all of it, before a person must look."""

ASKED_ANEW = frozenset({"rows_left", "actions_missing"})
"""Codes of answers after which the system is asked under another key: under the old one it would repeat itself."""

_READS = frozenset({Verb.LOCATE, Verb.EXPORT})
_FIRST_WAIT = timedelta(seconds=4)
_LONGEST_WAIT = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next status, and what is written with it. `attempts` and `run_after` stay as they are when None."""

    status: Status
    code: str = ""
    outcome: dict[str, Any] | None = None
    run_after: datetime | None = None
    attempts: int | None = None

    @property
    def rows_left(self) -> int | None:
        return (self.outcome or {}).get("rows_left")


def decide(task: SystemTask, answer: Answer, *, now: datetime) -> Verdict:
    outcome = answer.outcome
    if outcome is None:
        return _after_trouble(task, answer, now)
    if outcome.state == State.NEEDS_PERSON:
        return Verdict(Status.WAITING_ON_PERSON, "needs_person", outcome.as_json())
    if outcome.state == State.ACCEPTED:
        until = now + timedelta(hours=task.connection.answer_within_hours)
        return Verdict(Status.ACCEPTED, outcome=outcome.as_json(), run_after=until)
    return decide_done(task, outcome, now=now)


def decide_done(task: SystemTask, outcome: Outcome, *, now: datetime) -> Verdict:
    """Done is completed only if nothing is left where something had to be done."""
    if task.verb in _READS or task.instructions.get("dry_run"):
        return Verdict(Status.COMPLETED, outcome=outcome.as_json())
    if task.verb == Verb.NOTIFY:
        return _after_notice(task, outcome, now)
    if not _is_counted(task, outcome):
        return Verdict(Status.WAITING_ON_PERSON, "rows_left_unknown", outcome.as_json())
    left = _rows_left(outcome)
    total = {**_with_earlier(task, outcome).as_json(), "rows_left": left}
    if left == 0:
        return Verdict(Status.COMPLETED, outcome=total)
    return _after_rows_left(task, outcome, total, now)


def missing_actions(asked: Iterable[str], done: Iterable[str]) -> list[str]:
    """Required actions a system has not said it carried out, in the order they were asked."""
    said = set(done)
    return [action for action in asked if action not in said]


def wait(attempt: int, *, at_least_seconds: float | None = None) -> timedelta:
    """Exponential back-off with full jitter, never earlier than the system asked for."""
    ceiling = min(_LONGEST_WAIT, _FIRST_WAIT * 4 ** min(max(attempt, 1) - 1, 10))
    drawn = ceiling * random.random()  # noqa: S311 - spreads load, guards nothing
    return max(drawn, timedelta(seconds=min(at_least_seconds or 0.0, _LONGEST_WAIT.total_seconds())))


def _after_trouble(task: SystemTask, answer: Answer, now: datetime) -> Verdict:
    if answer.trouble == Trouble.REFUSED:
        return Verdict(Status.FAILED, answer.code)
    if answer.trouble == Trouble.NOT_ASKED:
        return Verdict(Status.WAITING_ON_PERSON, answer.code)
    if not answer.repeatable:
        return Verdict(Status.WAITING_ON_PERSON, "answer_lost")
    if task.attempts >= task.connection.max_attempts:
        return Verdict(Status.FAILED, answer.code)
    later = now + wait(task.attempts, at_least_seconds=answer.retry_after_seconds)
    return Verdict(Status.WAITING, answer.code, run_after=later)


def _after_rows_left(task: SystemTask, outcome: Outcome, total: dict[str, Any], now: datetime) -> Verdict:
    """A batch that moved rows and left fewer than the last one goes on at once; standing still is tried thrice."""
    before = task.outcome.get("rows_left")
    if _moved(outcome) and (before is None or total["rows_left"] < before):
        return Verdict(Status.WAITING, "rows_left", total, run_after=now, attempts=0)
    if task.attempts >= NOT_DONE_TRIES:
        return Verdict(Status.FAILED, "rows_left", total)
    return Verdict(Status.WAITING, "rows_left", total, run_after=now + wait(task.attempts))


def _is_counted(task: SystemTask, outcome: Outcome) -> bool:
    """What goes is counted by asking again; where rows are only changed, the answer about them may be enough."""
    may_be_missing = task.verb not in (Verb.ERASE, Verb.EXPIRE) and outcome.datasets
    return outcome.rows_left is not None or bool(may_be_missing)


def _rows_left(outcome: Outcome) -> int:
    return max(outcome.rows_left or 0, sum(dataset.left for dataset in outcome.datasets))


def _after_notice(task: SystemTask, outcome: Outcome, now: datetime) -> Verdict:
    """A system has stopped when it says that every required action was carried out, not when it says "done"."""
    said = tuple(dict.fromkeys((*task.outcome.get("actions", ()), *outcome.actions)))
    total = {**outcome.as_json(), "actions": list(said)}
    if not missing_actions(task.instructions.get("actions", ()), said) and not _rows_left(outcome):
        return Verdict(Status.COMPLETED, outcome=total)
    if task.attempts >= NOT_DONE_TRIES:
        return Verdict(Status.WAITING_ON_PERSON, "actions_missing", total)
    return Verdict(Status.WAITING, "actions_missing", total, run_after=now + wait(task.attempts))


def _moved(outcome: Outcome) -> int:
    return sum(dataset.erased + dataset.changed + dataset.pseudonymised for dataset in outcome.datasets)


def _with_earlier(task: SystemTask, outcome: Outcome) -> Outcome:
    """Counts of earlier batches of this task added, unless the system only repeated its last answer."""
    if not task.outcome.get("datasets"):
        return outcome
    earlier = Outcome.from_json(task.outcome)
    if outcome.evidence and outcome.evidence == earlier.evidence:
        return earlier
    before = {dataset.dataset: dataset for dataset in earlier.datasets}
    datasets = tuple(_sum(before.get(dataset.dataset), dataset) for dataset in outcome.datasets)
    return Outcome(
        datasets=datasets, rows_left=outcome.rows_left, actions=outcome.actions, evidence=outcome.evidence
    )


def _sum(before: DatasetOutcome | None, now: DatasetOutcome) -> DatasetOutcome:
    if before is None:
        return now
    return DatasetOutcome(
        dataset=now.dataset,
        found=max(before.found, now.found),
        erased=before.erased + now.erased,
        changed=before.changed + now.changed,
        pseudonymised=before.pseudonymised + now.pseudonymised,
        kept=now.kept,
        left=now.left,
        grounds=now.grounds,
    )
