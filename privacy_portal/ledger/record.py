"""Write down what happened, in the transaction in which it happens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from privacy_portal import bell
from privacy_portal.ledger.catalogue import CATALOGUE
from privacy_portal.ledger.facts import Fact, NotForTheLedger
from privacy_portal.ledger.models import Delivery, Event
from privacy_portal.vocabulary import Actor
from privacy_portal.writing import insert_rows

_ACTOR = re.compile(r"(staff|subject|service|system):[A-Za-z0-9_.-]{1,70}")
_handlers: dict[str, tuple[str, ...]] = {}
_handling: ContextVar[tuple[Event, ...]] = ContextVar("events_being_handled", default=())
_held_back: ContextVar[list[Event] | None] = ContextVar("events_written_together", default=None)


class NotInATransaction(RuntimeError):
    """An event must be recorded in the transaction that makes it true."""


def subscribe(handlers: Mapping[str, Sequence[str]]) -> None:
    """Set who listens: `"type"` or `"type:cause_kind"` → dotted handler paths. Raises KeyError on an unknown type."""
    for key in handlers:
        if key.partition(":")[0] not in CATALOGUE:
            raise KeyError(f"{key!r} names no event of the catalogue.")
    _handlers.clear()
    _handlers.update({key: tuple(paths) for key, paths in handlers.items()})


def record(
    fact: Fact,
    *,
    controller_id: UUID | None = None,
    subject_id: UUID | None = None,
    by: Actor,
    now: datetime,
    correlation_id: UUID | None = None,
    causation_id: UUID | None = None,
) -> Event:
    """Add one line to the ledger and one delivery per handler, without any lock.

    Inside a handler, `causation_id` is the handled event unless said otherwise, and of several the last one with the
    same `correlation_id`; `correlation_id` is that of the causing event, or the new event's own id where nothing
    caused it.
    Raises NotInATransaction outside `atomic`, NotForTheLedger on an actor that is not kind:reference.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInATransaction(type(fact).__name__)
    cause = _cause(causation_id, correlation_id)
    event_id = uuid4()
    event = Event(
        event_id=event_id,
        type=fact.type_name(),
        payload=fact.payload(),
        controller_id=controller_id,
        subject_id=subject_id,
        actor=_checked(by),
        occurred_at=_aware(now),
        correlation_id=correlation_id or (cause.correlation_id if cause else event_id),
        causation_id=cause.event_id if cause else None,
    )
    held_back = _held_back.get()
    if held_back is None:
        _write([event])
    else:
        held_back.append(event)
    return event


@contextmanager
def together() -> Iterator[None]:
    """What is recorded in here is written at its end, in one statement per table; what fails is forgotten.

    Use it inside the transaction of many small results: a worker settles several at a time.
    """
    held_back: list[Event] = []
    outer = _held_back.get()
    token = _held_back.set(held_back)
    try:
        yield
    finally:
        _held_back.reset(token)
    if outer is None:
        _write(held_back)
    else:
        outer.extend(held_back)


@contextmanager
def handling(*events: Event) -> Iterator[None]:
    """What is recorded in here was caused by `events`; with several, each line by that of its own story."""
    token = _handling.set(events)
    try:
        yield
    finally:
        _handling.reset(token)


def handlers_of(event: Event) -> tuple[str, ...]:
    """Those of the type, then those of the type with this event's cause kind; each once."""
    keys = (event.type, f"{event.type}:{event.payload.get('cause_kind')}")
    return tuple(dict.fromkeys(path for key in keys for path in _handlers.get(key, ())))


def _cause(causation_id: UUID | None, correlation_id: UUID | None) -> Event | None:
    handled = _handling.get()
    if causation_id is None:
        if len(handled) > 1:
            handled = tuple(event for event in handled if event.correlation_id == correlation_id)
        return handled[-1] if handled else None
    at_hand = {event.event_id: event for event in (*handled, *(_held_back.get() or ()))}
    return at_hand.get(causation_id) or Event.objects.get(event_id=causation_id)


def _write(events: Sequence[Event]) -> None:
    """The lines in their order, each in the sealer's queue, and a delivery per handler."""
    if not events:
        return
    insert_rows(events)
    _queue_for_the_sealer(events)
    deliveries = [
        Delivery(event=event, handler=path, due_at=event.occurred_at)
        for event in events
        for path in handlers_of(event)
    ]
    if deliveries:
        insert_rows(deliveries)
        bell.ring("portal.deliver")


def _queue_for_the_sealer(events: Sequence[Event]) -> None:
    """In plain SQL: every request pays for this line, and the ORM makes it five times dearer."""
    places = ", ".join(["(%s)"] * len(events))
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(
            f"INSERT INTO portal_pendingseal (event_id) VALUES {places}",  # noqa: S608 - only places for values
            [event.pk for event in events],
        )


def _checked(by: Actor) -> str:
    actor = str(by)
    if not _ACTOR.fullmatch(actor):
        raise NotForTheLedger("an actor is kind:reference, such as staff:7; the reference is an id or a code")
    return actor


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise NotForTheLedger("a moment without a time zone")
    return now
