"""What staff do with a task: assign, complete by hand, skip, retry."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from privacy_portal import bell
from privacy_portal.connectors.base import Outcome
from privacy_portal.errors import Conflict, IllegalMove, Invalid, NotFound
from privacy_portal.fanout import assignees, parcels, queries
from privacy_portal.fanout import evidence as proofs
from privacy_portal.fanout.by_hand import Counted
from privacy_portal.fanout.evidence import Proof
from privacy_portal.fanout.models import Confirmation, SystemTask, TaskStatusChange
from privacy_portal.fanout.settle import keep_parcel, move, said_of, tell
from privacy_portal.fanout.states import FINAL, Status
from privacy_portal.fanout.verdicts import Verdict
from privacy_portal.ledger.catalogue import TaskRetried
from privacy_portal.vocabulary import Actor, Verb


class RowsLeft(Conflict):
    """While rows are left the task is not completed: remove them, or skip the task with a reason."""


class HeldBack(Conflict):
    """A legal hold stands against this. Lift the hold, or leave the system out and say why."""


@transaction.atomic
def assign(*, task_id: UUID, user_id: int, by: Actor, now: datetime) -> SystemTask:
    """Give a task to a colleague, who is told by mail.

    Raises IllegalMove when it is over, Invalid if this person may not work on tasks of the controller.
    """
    task = _locked(task_id)
    if task.status in FINAL:
        raise IllegalMove("This task is over; there is nothing to assign.")
    if not queries.colleagues(task.controller_id).filter(pk=user_id).exists():
        raise Invalid("assignee", "choose somebody who may work on tasks of this controller")
    task.assignee_id = user_id
    task.save(update_fields=["assignee"])
    TaskStatusChange.objects.create(
        task=task, status=task.status, at=now, by=str(by), attempt=task.attempts, code="assigned"
    )
    if by != Actor.staff(user_id):
        assignees.write(task, by=by, now=now)
    return task


@transaction.atomic
def complete_by_hand(
    *,
    task_id: UUID,
    reason: str,
    by: Actor,
    now: datetime,
    evidence: UploadedFile | None = None,
    rows_left: int = 0,
    counted: Counted | None = None,
) -> SystemTask:
    """A person has done what the system could not, says so and may prove it; for an export the file is the answer.

    `counted` becomes the system's answer: what is kept stands in the letter, and in how the case ends.
    Raises RowsLeft while something is left, IllegalMove while the system is being asked or the task is over,
    HeldBack under a legal hold, Invalid on a missing reason, an unfit file, or numbers that do not agree.
    """
    task = _locked(task_id)
    _check_not_running(task)
    _check_not_held(task)
    if rows_left:
        raise RowsLeft(rows_left=rows_left)
    datasets = (counted.checked(now=now).of(task),) if counted else ()
    proof = proofs.checked(evidence)
    is_answer = task.verb == Verb.EXPORT and proof is not None
    confirmation = _confirm(task, "completed", reason, proof, 0, by, now, keep_file=not is_answer)
    if is_answer and proof is not None:
        _pack_export(task, proof, by, now)
    said = tuple(task.outcome.get("actions", ()))
    outcome = Outcome(
        datasets=datasets, rows_left=0, actions=said, evidence=confirmation.evidence_sha256
    ).as_json()
    move(task, Verdict(Status.COMPLETED, "by_hand", outcome=outcome), by=by, now=now)
    return task


@transaction.atomic
def skip(
    *,
    task_id: UUID,
    reason: str,
    by: Actor,
    now: datetime,
    evidence: UploadedFile | None = None,
    rows_left: int = 0,
) -> SystemTask:
    """Decide that this system is not asked, and why; the case will say that it was left out.

    Raises IllegalMove while the system is being asked or the task is over, Invalid on a missing reason.
    """
    task = _locked(task_id)
    _check_not_running(task)
    _confirm(task, "skipped", reason, proofs.checked(evidence), rows_left, by, now)
    outcome = {**task.outcome, "rows_left": max(rows_left, task.outcome.get("rows_left") or 0)}
    move(task, Verdict(Status.SKIPPED, "skipped", outcome=outcome), by=by, now=now)
    return task


@transaction.atomic
def retry(*, task_id: UUID, by: Actor, now: datetime) -> SystemTask:
    """Ask the system again: under the same key, or a new one where it answered and had not done all of it.

    Raises IllegalMove unless the task failed or waits for a person, HeldBack.
    """
    task = _locked(task_id)
    _check_not_held(task)
    if task.status not in (Status.FAILED, Status.WAITING_ON_PERSON):
        raise IllegalMove("Only a task that failed or waits for a person can be tried again.")
    tell(TaskRetried(**said_of(task)), task, by=by, now=now)
    move(task, Verdict(Status.WAITING, "retried", run_after=now, attempts=0), by=by, now=now)
    bell.ring("portal.run_tasks", task.group)
    return task


def _locked(task_id: UUID) -> SystemTask:
    task = (
        SystemTask.objects.select_for_update(of=("self",))
        .select_related("connection")
        .filter(pk=task_id)
        .first()
    )
    if task is None:
        raise NotFound()
    return task


def _check_not_running(task: SystemTask) -> None:
    if task.status == Status.RUNNING:
        raise IllegalMove("The system is being asked at this moment; look again in a minute.")


def _check_not_held(task: SystemTask) -> None:
    if task.held_by is not None:
        raise HeldBack()


def _confirm(
    task: SystemTask,
    decision: str,
    reason: str,
    proof: Proof | None,
    rows_left: int,
    by: Actor,
    now: datetime,
    *,
    keep_file: bool = True,
) -> Confirmation:
    """The file of an export is in the parcel, which expires: a second copy here would outlive it."""
    if not reason.strip():
        raise Invalid("reason", "say in a sentence what was done or why not, without personal data")
    confirmation = Confirmation(
        task=task, decision=decision, reason=reason.strip(), rows_left=rows_left, by=str(by), at=now
    )
    key = proofs.attach(confirmation, task, proof) if proof and keep_file else None
    if proof is not None:
        confirmation.evidence_sha256 = proof.sha256()
    confirmation.save(force_insert=True)
    if key is not None:
        key.confirmation = confirmation
        key.save(force_insert=True)
    return confirmation


def _pack_export(task: SystemTask, proof: Proof, by: Actor, now: datetime) -> None:
    """The file as one record, in the form every export has."""
    values = {
        "file": f"{task.connection.code}{proof.suffix}",
        "content_base64": base64.b64encode(proof.content).decode(),
    }
    line = json.dumps({"dataset": "sent-by-hand", "values": values}).encode() + b"\n"
    keep_parcel(task, parcels.pack([line], on=now.date()), rows=1, by=by, now=now)
