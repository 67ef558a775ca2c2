"""What requests do when something has happened elsewhere."""

from __future__ import annotations

from datetime import datetime

from dsr.actions import answer, fulfilment, plan
from privacy_portal.ledger.catalogue import (
    IdentityConfirmed,
    RequestApproved,
    TaskCompleted,
    TaskFailed,
)
from privacy_portal.ledger.models import Event


def start_location(event: Event, *, now: datetime) -> None:
    """We know who asks: count what every system holds."""
    plan.start_location(request_id=IdentityConfirmed.from_payload(event.payload).request_id, now=now)


def note_location(event: Event, *, now: datetime) -> None:
    plan.note_location(request_id=TaskCompleted.from_payload(event.payload).cause_id, now=now)


def start_fulfilment(event: Event, *, now: datetime) -> None:
    """The plan is approved: ask the systems."""
    fulfilment.start_fulfilment(request_id=RequestApproved.from_payload(event.payload).request_id, now=now)


def note_task(event: Event, *, now: datetime) -> None:
    fulfilment.note_task(request_id=TaskCompleted.from_payload(event.payload).cause_id, now=now)


def note_trouble(event: Event, *, now: datetime) -> None:
    trouble = TaskFailed.from_payload(event.payload)
    fulfilment.note_trouble(
        request_id=trouble.cause_id,
        task_id=trouble.task_id,
        system=trouble.system,
        reason=trouble.outcome or "waits_for_person",
        now=now,
    )


def note_letter(event: Event, *, now: datetime) -> None:
    """A mail has gone out: after the last one of an erasure the person is forgotten here too."""
    answer.note_letter(request_id=TaskCompleted.from_payload(event.payload).cause_id, now=now)
