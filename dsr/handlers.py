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


@takes_many
def start_location(events: Sequence[Event], *, now: datetime) -> None:
    """We know who asks: count what every system holds."""
    confirmed = (IdentityConfirmed.from_payload(event.payload) for event in events)
    plan.start_location(request_ids={fact.request_id for fact in confirmed}, now=now)


@takes_many
def note_location(events: Sequence[Event], *, now: datetime) -> None:
    plan.note_location(request_ids=set(_tasks_told(events)), now=now)


@takes_many
def start_fulfilment(events: Sequence[Event], *, now: datetime) -> None:
    """The plan is approved: ask the systems."""
    approved = (RequestApproved.from_payload(event.payload) for event in events)
    fulfilment.start_fulfilment(request_ids={fact.request_id for fact in approved}, now=now)


@takes_many
def note_task(events: Sequence[Event], *, now: datetime) -> None:
    fulfilment.note_tasks(counts=_tasks_told(events), now=now)


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
    answer.note_letters(request_ids=set(_tasks_told(events)), now=now)


def note_lost_letter(event: Event, *, now: datetime) -> None:
    """A mail was refused, or could not be sent: if it was an answer, somebody must see to it."""
    lost = TaskFailed.from_payload(event.payload)
    delivery.note_lost_letter(
        request_id=lost.cause_id, task_id=lost.task_id, reason=lost.outcome or "waits_for_person", now=now
    )


def _tasks_told(events: Sequence[Event]) -> Counter[UUID]:
    """How many of the events each request has."""
    return Counter(TaskCompleted.from_payload(event.payload).cause_id for event in events)
