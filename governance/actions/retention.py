"""The sweep of a night: systems count, the plan is released, systems dispose and are asked again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from governance.actions.disposal_log import log
from governance.errors import NothingToSweep, ReasonsNeeded
from governance.models import Disposal, RetentionRule, Sweep
from governance.queries import retention as reading
from governance.states import SWEEP_MOVES, DisposalStatus, SweepStatus
from privacy_portal.fanout.ask import Ask, Cause, ask_graph
from privacy_portal.ledger.catalogue import DisposalClosed, DisposalReleased
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, CauseKind, Verb

BATCH = 500
"""Rows a system disposes of in one go; the fan-out asks again until none is left."""

ANSWER_WITHIN = timedelta(hours=20)
"""Before the next night."""


@transaction.atomic
def plan_sweep(*, controller_id: UUID, by: Actor, now: datetime) -> Sweep:
    """Ask every system how many rows are past their period. Tonight's sweep is made once; a repeat returns it.

    Raises NothingToSweep for a controller without a rule.
    """
    controller = Controller.objects.select_for_update().get(pk=controller_id)
    night = now.astimezone(ZoneInfo(controller.time_zone)).date()
    tonight = Sweep.objects.filter(controller=controller, night=night).first()  # unique
    if tonight is not None:
        return tonight
    rules = list(reading.rules_in_force(controller_id))
    if not rules:
        raise NothingToSweep()
    sweep = Sweep(controller=controller, night=night, planned_at=now, planned_by=str(by))
    sweep.save(force_insert=True)
    disposals = [_disposal(sweep, rule, now) for rule in rules]
    ask_to_count(sweep, disposals, by=by, now=now)
    return sweep


@transaction.atomic
def release(*, sweep_id: UUID, by: Actor, now: datetime) -> Sweep:
    """Let the planned disposals happen. Raises IllegalMove unless the sweep is counted and not yet released."""
    sweep = Sweep.objects.locked(sweep_id)
    check_move(SWEEP_MOVES, sweep.status, SweepStatus.DISPOSING)
    sweep.status, sweep.released_at, sweep.released_by = SweepStatus.DISPOSING, now, str(by)
    sweep.save(update_fields=["status", "released_at", "released_by"])
    record(DisposalReleased(sweep_id=sweep.pk), **story(sweep), by=by, now=now)
    return sweep


@transaction.atomic
def hold_back(*, sweep_id: UUID, reason: str, by: Actor, now: datetime) -> Sweep:
    """Have tonight's sweep wait for a person, whatever its numbers. Raises IllegalMove unless systems still count."""
    sweep = Sweep.objects.locked(sweep_id)
    if not reason.strip():
        raise ReasonsNeeded()
    check_move(SWEEP_MOVES, sweep.status, SweepStatus.AWAITING_RELEASE)
    sweep.brake = f"Held back: {reason.strip()}"[:300]
    sweep.save(update_fields=["brake"])
    return sweep


@transaction.atomic
def cancel(*, sweep_id: UUID, reason: str, by: Actor, now: datetime) -> Sweep:
    """Dispose of nothing tonight. Raises IllegalMove once the sweep is released, ReasonsNeeded."""
    sweep = Sweep.objects.locked(sweep_id)
    check_move(SWEEP_MOVES, sweep.status, SweepStatus.CANCELLED)
    if not reason.strip():
        raise ReasonsNeeded()
    for disposal in sweep.disposals.select_for_update():
        disposal.status = DisposalStatus.CANCELLED
        disposal.save(update_fields=["status"])
        log(disposal, "cancelled", by=by, now=now)
    return close(sweep, SweepStatus.CANCELLED, reason=reason.strip()[:300], by=by, now=now)


def close(sweep: Sweep, end: SweepStatus, *, by: Actor, now: datetime, reason: str = "") -> Sweep:
    """Write the end of a sweep, with the numbers the systems gave when they were asked again."""
    check_move(SWEEP_MOVES, sweep.status, end)
    sweep.status, sweep.closed_at, sweep.closing_reason = end, now, reason
    sweep.save(update_fields=["status", "closed_at", "closing_reason"])
    disposals = list(sweep.disposals.all())
    fact = DisposalClosed(
        sweep_id=sweep.pk,
        end_state=end,
        rows=sum(disposal.erased for disposal in disposals),
        rows_left=sum(disposal.rows_left or 0 for disposal in disposals),
        held=sum(disposal.held for disposal in disposals),
    )
    record(fact, **story(sweep), by=by, now=now)
    return sweep


def ask_to_count(sweep: Sweep, disposals: list[Disposal], *, by: Actor, now: datetime) -> None:
    """A dry run per disposal; where people are on hold, a second one that leaves them in, to say how many rows stay."""
    held = {disposal.pk: reading.held_subjects(disposal.rule) for disposal in disposals}
    free = [_ask(disposal, str(disposal.pk), held[disposal.pk], dry_run=True) for disposal in disposals]
    past = [
        _ask(disposal, f"past {disposal.pk}", [], dry_run=True) for disposal in disposals if held[disposal.pk]
    ]
    tasks = _ask_all(sweep, [*free, *past], by, now)
    for disposal in disposals:
        disposal.task_id = tasks[str(disposal.pk)]
        disposal.past_task_id = tasks.get(f"past {disposal.pk}")
        disposal.save()


def ask_to_dispose(sweep: Sweep, disposals: list[Disposal], *, by: Actor, now: datetime) -> None:
    """One `expire` per disposal; people on hold are named by their opaque ids, and may be others than at the count."""
    asks = [
        _ask(disposal, str(disposal.pk), reading.held_subjects(disposal.rule), dry_run=False)
        for disposal in disposals
    ]
    tasks = _ask_all(sweep, asks, by, now)
    for disposal in disposals:
        disposal.task_id, disposal.past_task_id = tasks[str(disposal.pk)], None
        disposal.save()


def story(sweep: Sweep) -> dict[str, Any]:
    """What ties an event to the sweep."""
    return {"controller_id": sweep.controller_id, "correlation_id": sweep.correlation_id}


def _disposal(sweep: Sweep, rule: RetentionRule, now: datetime) -> Disposal:
    return Disposal(
        sweep=sweep,
        rule=rule,
        system=rule.dataset.system,
        dataset=rule.dataset.name,
        start=rule.start,
        period=rule.period,
        before=rule.before(now),
    )


def _ask(disposal: Disposal, name: str, held: list[UUID], *, dry_run: bool) -> Ask:
    instructions = {
        "dataset": disposal.dataset,
        "before": disposal.before.isoformat(),
        "limit": BATCH,
        "hold": [str(subject_id) for subject_id in held],
        "dry_run": dry_run,
    }
    return Ask(name, disposal.system.connection, Verb.EXPIRE, instructions=instructions)


def _ask_all(sweep: Sweep, asks: list[Ask], by: Actor, now: datetime) -> dict[str, UUID]:
    cause = Cause(CauseKind.SWEEP, sweep.pk, sweep.correlation_id)
    tasks = ask_graph(asks, cause=cause, due_at=now + ANSWER_WITHIN, by=by, now=now)
    return {name: task.pk for name, task in tasks.items()}
