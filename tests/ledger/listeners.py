"""Handlers that tests subscribe; what they write goes through the database, so that a rollback undoes it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID, uuid4

from privacy_portal.ledger.catalogue import DataAccessed, HoldLifted
from privacy_portal.ledger.deliver import takes_many
from privacy_portal.ledger.models import Event
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor

BY = Actor.system("listener")
A_HOLD = UUID("11111111-1111-4111-8111-111111111111")
calls: list[str] = []


def echo(event: Event, *, now: datetime) -> None:
    """Leaves one event behind."""
    calls.append(event.type)
    record(DataAccessed(object_kind="echo"), by=BY, now=now)


def echo_of_another_kind(event: Event, *, now: datetime) -> None:
    calls.append(f"other:{event.type}")


def chain(event: Event, *, now: datetime) -> None:
    """Leaves an event to which something else listens."""
    record(HoldLifted(hold_id=A_HOLD), by=BY, now=now)


def fail(event: Event, *, now: datetime) -> None:
    """Writes, then fails: what it wrote must vanish."""
    calls.append("fail")
    record(DataAccessed(object_kind="never"), by=BY, now=now)
    raise ValueError("ann@example.org")


@takes_many
def count_together(events, *, now):
    calls.append(f"{len(events)} of {events[-1].type}")


@takes_many
def all_but_four_together(events, *, now):
    """A line for each story; a story of four fails, after its line."""
    stories = Counter(event.correlation_id for event in events)
    for story, count in stories.items():
        record(HoldLifted(hold_id=uuid4()), by=BY, now=now, correlation_id=story)
        if count == 4:
            raise ValueError


def purpose(event, *, now):
    calls.append(event.payload["purpose"])
