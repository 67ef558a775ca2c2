"""Colleagues hear by mail that a task waits for them: its number and a link, nothing about the person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from privacy_portal.fanout import letters
from privacy_portal.fanout.ask import Cause
from privacy_portal.fanout.models import SystemTask, SystemTaskQuerySet
from privacy_portal.fanout.states import OPEN, Status
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor, CauseKind

TEMPLATE = "task_waits"
BY = Actor.system("portal.tasks")


def write_to_assignee(event: Event, *, now: datetime) -> None:
    """A task has come to a person: the owner of its system, or whom it was given to, is told.

    Not of such a mail itself: where mails are lost, one about the other would never end.
    """
    task = SystemTask.objects.select_related("controller").get(pk=event.payload["task_id"])
    is_such_a_mail = task.instructions.get("template") == TEMPLATE
    if task.assignee_id is not None and task.status == Status.WAITING_ON_PERSON and not is_such_a_mail:
        write(task, by=BY, now=now)


def write(task: SystemTask, *, by: Actor, now: datetime) -> None:
    """Ask for the mail, unless one to this colleague is still in the queue: it names all that wait when it goes out."""
    if _unsent(task).exists():
        return
    letters.ask_letter(
        TEMPLATE,
        controller=task.controller,
        cause=Cause(CauseKind.MESSAGE, task.pk, task.correlation_id),
        due_at=task.due_at,
        by=by,
        now=now,
        reference={"staff_id": str(task.assignee_id)},
    )


def waiting_for(letter: SystemTask) -> SystemTaskQuerySet:
    """What the colleague such a letter is written to has to do, the nearest due date first."""
    staff_id = int(letter.instructions["reference"]["staff_id"])
    mine = SystemTask.objects.filter(
        controller_id=letter.controller_id, assignee_id=staff_id, status__in=OPEN
    )
    return mine.order_by("due_at", "pk")


def _unsent(task: SystemTask) -> SystemTaskQuerySet:
    """Locked, so that it is not composed before this task is its colleague's; one that is under way does not count."""
    skip = transaction.get_connection().features.has_select_for_update_skip_locked
    return SystemTask.objects.filter(
        controller_id=task.controller_id,
        status=Status.WAITING,
        connection__code=letters.CODE,
        instructions__template=TEMPLATE,
        instructions__reference__staff_id=str(task.assignee_id),
    ).select_for_update(skip_locked=skip, of=("self",) if skip else ())
