"""Show whoever carries a task out by hand whom it is about; that they looked, and why, is in the ledger."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from privacy_portal.errors import Conflict, NotFound
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.orders import named_in
from privacy_portal.fanout.settle import code_of
from privacy_portal.fanout.states import FINAL
from privacy_portal.ledger.catalogue import DataAccessed
from privacy_portal.ledger.record import record
from privacy_portal.subjects import PlainIdentifier
from privacy_portal.vocabulary import Actor


class NobodyToShow(Conflict):
    """This task names nobody."""


@transaction.atomic
def reveal(*, task_id: UUID, reason: str, by: Actor, now: datetime) -> dict[UUID, list[PlainIdentifier]]:
    """What a system would be told: each person the task names, with every identifier; empty for the forgotten.

    `reason` is a code. Raises NotFound, NobodyToShow, Conflict once the task is over: then nobody needs to know.
    """
    task = SystemTask.objects.select_related("connection").filter(pk=task_id).first()  # by key
    if task is None:
        raise NotFound()
    if task.status in FINAL:
        raise Conflict("This task is over; whom it was about is not shown any more.")
    shown = named_in(task)
    if not shown:
        raise NobodyToShow()
    for subject_id in sorted(shown):
        record(
            DataAccessed(
                object_kind="task",
                object_id=task.pk,
                place=reason,
                system=code_of(task.connection.code),
                categories=("identity",),
            ),
            controller_id=task.controller_id,
            subject_id=subject_id,
            by=by,
            now=now,
            correlation_id=task.correlation_id,
        )
    return {
        subject_id: [PlainIdentifier(item.kind, item.value) for item in identifiers]
        for subject_id, identifiers in shown.items()
    }
