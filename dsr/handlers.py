"""What requests do when something has happened elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dsr.actions import answer, delivery, fulfilment, holding, plan
from privacy_portal.ledger.catalogue import (
    IdentityConfirmed,
    RequestApproved,
    TaskCompleted,
    TaskFailed,
)
from privacy_portal.ledger.deliver import takes_many
from privacy_portal.ledger.models import Event


def start_location(event: Event, *, now: datetime) -> None:
    """We know who asks: count what every system holds."""
    plan.start_location(request_id=IdentityConfirmed.from_payload(event.payload).request_id, now=now)


@takes_many
def note_location(events: Sequence[Event], *, now: datetime) -> None:
    for request_id in _requests(events):
        plan.note_location(request_id=request_id, now=now)


def start_fulfilment(event: Event, *, now: datetime) -> None:
    """The plan is approved: ask the systems."""
    fulfilment.start_fulfilment(request_id=RequestApproved.from_payload(event.payload).request_id, now=now)


@takes_many
def note_task(events: Sequence[Event], *, now: datetime) -> None:
    for request_id, count in _requests(events).items():
        fulfilment.note_tasks(request_id=request_id, count=count, now=now)


def note_trouble(event: Event, *, now: datetime) -> None:
    trouble = TaskFailed.from_payload(event.payload)
    fulfilment.note_trouble(
        request_id=trouble.cause_id,
        task_id=trouble.task_id,
        system=trouble.system,
        reason=trouble.outcome or "waits_for_person",
        now=now,
    )


def note_hold(event: Event, *, now: datetime) -> None:
    """A legal hold was placed or lifted."""
    assert event.controller_id is not None
    holding.note_hold(controller_id=event.controller_id, subject_id=event.subject_id, now=now)


@takes_many
def note_letter(events: Sequence[Event], *, now: datetime) -> None:
    """A mail has gone out: after the last one of an erasure the person is forgotten here too."""
    for request_id in _requests(events):
        answer.note_letter(request_id=request_id, now=now)


def note_lost_letter(event: Event, *, now: datetime) -> None:
    """A mail was refused, or could not be sent: if it was an answer, somebody must see to it."""
    lost = TaskFailed.from_payload(event.payload)
    delivery.note_lost_letter(
        request_id=lost.cause_id, task_id=lost.task_id, reason=lost.outcome or "waits_for_person", now=now
    )


def _requests(events: Sequence[Event]) -> Counter[UUID]:
    """How many of the events each request has."""
    return Counter(TaskCompleted.from_payload(event.payload).cause_id for event in events)
