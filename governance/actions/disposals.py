"""What systems answer during a sweep: counts first, then what they disposed of and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from governance.actions import retention
from governance.actions.disposal_log import log
from governance.models import Disposal, Sweep
from governance.queries import retention as reading
from governance.states import DISPOSAL_MOVES, SWEEP_MOVES, DisposalStatus, SweepStatus
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.ledger.catalogue import DataDeleted, DisposalPlanned, RetentionExpired
from privacy_portal.ledger.record import record
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor

BY_OURSELVES = Actor.system("retention")
_BUSY = (DisposalStatus.COUNTING, DisposalStatus.COUNTED, DisposalStatus.DISPOSING)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a system said about the dataset of a rule; `gone` counts what went with its rows in other datasets, too."""

    found: int
    disposed: int
    kept: int
    gone: int
    left: int | None

    @classmethod
    def of(cls, task: SystemTask, dataset: str) -> Counts:
        everything = task.outcome.get("datasets", ())
        rows = [row for row in everything if row["dataset"] == dataset]
        return cls(
            found=_sum(rows, "found"),
            disposed=_sum(rows, "erased", "changed"),
            kept=_sum(rows, "kept"),
            gone=_sum(everything, "erased", "changed"),
            left=task.outcome.get("rows_left"),
        )


@transaction.atomic
def note_answer(*, sweep_id: UUID, task_id: UUID, now: datetime) -> None:
    """Write down what became of a task of a sweep, and go on when all systems have spoken.

    An answer to a question that is no longer asked (the sweep was cancelled or went on without it) changes nothing.
    """
    sweep = Sweep.objects.locked(sweep_id)
    mine = Q(task_id=task_id) | Q(past_task_id=task_id)
    disposal = sweep.disposals.select_for_update(of=("self",)).filter(mine).first()  # one task, one disposal
    if disposal is None or sweep.status == SweepStatus.CANCELLED:
        return
    task = SystemTask.objects.get(pk=task_id)
    if task.instructions["dry_run"]:
        if disposal.status == DisposalStatus.COUNTING:
            _note_count(sweep, disposal, task, now)
            _go_on(sweep, now)
    else:
        _note_disposal(sweep, disposal, task, now)
        _end(sweep, now)


@transaction.atomic
def dispose(*, sweep_id: UUID, by: Actor, now: datetime) -> None:
    """Ask the systems of a released sweep to delete. Holds are looked at again: some may be newer than the count."""
    sweep = Sweep.objects.locked(sweep_id)
    counted = sweep.disposals.select_for_update(of=("self",)).filter(status=DisposalStatus.COUNTED)
    to_ask = []
    for disposal in counted.select_related("rule__dataset__system", "system__connection").order_by("pk"):
        if reading.is_dataset_held(disposal.rule):
            disposal.held = (disposal.expected or 0) + disposal.held
            _end_disposal(disposal, DisposalStatus.HELD, "held", by, now)
        elif disposal.expected == 0:
            disposal.rows_left = 0
            _end_disposal(disposal, _good_end(disposal), "nothing_due", by, now)
        else:
            disposal.status = DisposalStatus.DISPOSING
            to_ask.append(disposal)
    retention.ask_to_dispose(sweep, to_ask, by=by, now=now)
    for disposal in to_ask:
        log(disposal, "released", by=by, now=now, task_id=disposal.task_id)
    _end(sweep, now)


def _note_count(sweep: Sweep, disposal: Disposal, task: SystemTask, now: datetime) -> None:
    counts = Counts.of(task, disposal.dataset)
    by = Actor.system(disposal.system.code)
    if task.status != Status.COMPLETED or not _says_rows(task):
        disposal.status = DisposalStatus.NOT_COUNTED
        disposal.save(update_fields=["status"])
        log(disposal, "not_counted", by=by, now=now, task_id=task.pk, code=task.error_code or task.status)
        return
    if task.pk == disposal.task_id:
        disposal.expected = max(counts.found - counts.kept, 0)
    if task.pk == (disposal.past_task_id or disposal.task_id):
        disposal.past = counts.found
    disposal.save(update_fields=["expected", "past"])
    if disposal.expected is not None and disposal.past is not None:
        _counted(sweep, disposal, task, by, now)


def _counted(sweep: Sweep, disposal: Disposal, task: SystemTask, by: Actor, now: datetime) -> None:
    """Both numbers are there: what will go, and what is past its time; the difference stays."""
    disposal.status = DisposalStatus.COUNTED
    disposal.held = max((disposal.past or 0) - (disposal.expected or 0), 0)
    disposal.save(update_fields=["status", "held"])
    log(disposal, "counted", by=by, now=now, task_id=task.pk, evidence=task.outcome.get("evidence", ""))
    fact = DisposalPlanned(
        sweep_id=sweep.pk,
        disposal_id=disposal.pk,
        system=disposal.system.code,
        dataset=disposal.dataset,
        rows=disposal.expected,
        held=disposal.held,
    )
    record(fact, **retention.story(sweep), by=by, now=now)


def _says_rows(task: SystemTask) -> bool:
    """A person who ticks a count off by hand gives no numbers; a system that finds nothing may name no dataset."""
    return task.error_code != "by_hand" and "datasets" in task.outcome


def _go_on(sweep: Sweep, now: datetime) -> None:
    """When nobody counts any more: release, or wait for a person if a number is unusual."""
    disposals = list(sweep.disposals.select_related("system"))
    if any(disposal.status == DisposalStatus.COUNTING for disposal in disposals):
        return
    unusual = [why for disposal in disposals if (why := reading.why_unusual(disposal))]
    if not unusual and not sweep.brake:
        retention.release(sweep_id=sweep.pk, by=BY_OURSELVES, now=now)
        return
    check_move(SWEEP_MOVES, sweep.status, SweepStatus.AWAITING_RELEASE)
    sweep.status = SweepStatus.AWAITING_RELEASE
    sweep.brake = "; ".join(filter(None, [sweep.brake, *unusual]))[:300]
    sweep.save(update_fields=["status", "brake"])


def _note_disposal(sweep: Sweep, disposal: Disposal, task: SystemTask, now: datetime) -> None:
    """A person may complete a failed task later, so an end may be followed by a better one."""
    counts = Counts.of(task, disposal.dataset)
    by = Actor.system(disposal.system.code)
    earlier, disposal.gone = disposal.gone, max(disposal.gone, counts.gone)
    disposal.erased = max(disposal.erased, counts.disposed)
    disposal.rows_left = counts.left
    end = _end_after(task, disposal)
    what = "disposed" if task.status == Status.COMPLETED else task.status
    _end_disposal(disposal, end, what, by, now, task)
    if disposal.gone > earlier or disposal.rows_left:
        _tell_deleted(sweep, disposal, disposal.gone - earlier, by, now)


def _sum(rows: Iterable[Mapping[str, Any]], *names: str) -> int:
    return sum(int(row.get(name, 0)) for row in rows for name in names)


def _end_after(task: SystemTask, disposal: Disposal) -> DisposalStatus:
    if task.status == Status.SKIPPED:
        return DisposalStatus.SKIPPED
    if task.status != Status.COMPLETED or disposal.rows_left != 0:
        return DisposalStatus.FAILED
    return _good_end(disposal)


def _good_end(disposal: Disposal) -> DisposalStatus:
    return DisposalStatus.COMPLETED_WITH_EXCEPTIONS if disposal.held else DisposalStatus.COMPLETED


def _end_disposal(
    disposal: Disposal, end: str, what: str, by: Actor, now: datetime, task: SystemTask | None = None
) -> None:
    if disposal.status != end:
        check_move(DISPOSAL_MOVES, disposal.status, end)
    disposal.status = end
    disposal.save()
    details: dict[str, Any] = {}
    if task is not None:
        details = {"task_id": task.pk, "evidence": task.outcome.get("evidence", ""), "code": task.error_code}
    log(disposal, what, by=by, now=now, **details)


def _tell_deleted(sweep: Sweep, disposal: Disposal, gone: int, by: Actor, now: datetime) -> None:
    place: dict[str, Any] = {"system": disposal.system.code, "dataset": disposal.dataset}
    expired = RetentionExpired(
        disposal_id=disposal.pk, rows=disposal.expected, before=disposal.before.date(), **place
    )
    record(expired, **retention.story(sweep), by=by, now=now)
    deleted = DataDeleted(
        cause_kind="sweep",
        cause_id=sweep.pk,
        rows=gone,
        rows_left=disposal.rows_left,
        reason="retention_expired",
        **place,
    )
    record(deleted, **retention.story(sweep), by=by, now=now)


def _end(sweep: Sweep, now: datetime) -> None:
    statuses = list(sweep.disposals.values_list("status", flat=True))
    end = reading.end_of(statuses)
    if set(statuses) & set(_BUSY) or sweep.status == end:
        return
    retention.close(sweep, end, by=BY_OURSELVES, now=now)
