"""Run the handlers of events, each exactly once: a handler's writes and its "done" mark are one transaction."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.module_loading import import_string

from privacy_portal import bell
from privacy_portal.errors import DomainError, IllegalMove, NotFound
from privacy_portal.ledger.catalogue import DeliveryRetried
from privacy_portal.ledger.models import Delivery, DeliveryQuerySet, DeliveryStatus, Event
from privacy_portal.ledger.record import handling, record, together
from privacy_portal.reading import one_reading
from privacy_portal.vocabulary import Actor

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 10
AT_ONCE = 32
"""Deliveries handled in one transaction: what they share is read, and what they record is written, once."""
_FIRST_WAIT_SECONDS = 2
_LONGEST_WAIT_SECONDS = 3600


def deliver_due(*, now: datetime, limit: int = 500) -> int:
    """Run what is due, oldest first, what the handlers themselves cause included. Returns how many were tried.

    Any number of workers may do this at once; a delivery another worker holds is passed over.
    """
    tried = 0
    while tried < limit and (some := _deliver_some(now, min(limit - tried, AT_ONCE))):
        tried += some
    return tried


def takes_many(handler: Callable[..., None]) -> Callable[..., None]:
    """A handler of `(events, *, now)`: all that a batch holds for it, of whatever story, each person's oldest first.

    If it fails, it is called again for each story alone, so that one stops no other.
    """
    handler.takes_many = True  # type: ignore[attr-defined]
    return handler


def dead() -> DeliveryQuerySet:
    """Deliveries that were given up and wait for a person."""
    return Delivery.objects.all().dead()


@transaction.atomic
def retry_delivery(*, delivery_id: int, by: Actor, now: datetime) -> Delivery:
    """Try a given-up handler again from the start. Raises NotFound, IllegalMove if it was not given up."""
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound()
    if delivery.status != DeliveryStatus.DEAD:
        raise IllegalMove("Only a handler that was given up can be tried again.")
    delivery.status, delivery.attempts, delivery.due_at = DeliveryStatus.WAITING, 0, now
    delivery.save(update_fields=["status", "attempts", "due_at"])
    event = delivery.event
    record(
        DeliveryRetried(delivery_id=delivery.pk, event_id=event.event_id, handler=delivery.handler),
        controller_id=event.controller_id,
        by=by,
        now=now,
        causation_id=event.event_id,
    )
    bell.ring("portal.deliver")
    return delivery


def _deliver_some(now: datetime, room: int) -> int:
    """Claim, handle and mark up to `room` deliveries in one transaction; returns how many, 0 when none is due."""
    if not Delivery.objects.due(now).exists():
        return 0
    batch = _Batch(now)
    trouble = _trouble_in(lambda: batch.deliver(room))
    if trouble is None:
        for delivery, error in batch.failed:
            _note_failure(delivery, error, now)
    elif len(batch.claimed) > 1:  # it belongs to one of them: alone, it stops no other
        log.warning("not_delivered_together", deliveries=len(batch.claimed), error=type(trouble).__name__)
        return sum(_deliver_some(now, 1) for _delivery in batch.claimed)
    elif batch.claimed:
        _note_failure(batch.claimed[0], trouble, now)
    else:  # without a claim it is the database that fails
        raise trouble
    return len(batch.claimed)


class _Batch:
    """Deliveries handled in one transaction, each portion in a savepoint of its own."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.claimed: list[Delivery] = []
        self.failed: list[tuple[Delivery, Exception]] = []

    @transaction.atomic
    def deliver(self, room: int) -> None:
        self.claimed = _claim(self.now, room)
        with one_reading(), together():
            for deliveries in _portions(self.claimed):
                self._try(deliveries)
        failed = {delivery.pk for delivery, _trouble in self.failed}
        done = [delivery.pk for delivery in self.claimed if delivery.pk not in failed]
        Delivery.objects.filter(pk__in=done).update(
            status=DeliveryStatus.DONE, done_at=self.now, last_error=""
        )

    def _try(self, deliveries: Sequence[Delivery]) -> None:
        trouble = _trouble_in(partial(_handle, deliveries, self.now))
        if trouble is None:
            return
        stories = _stories(deliveries)
        if len(stories) == 1:
            self.failed += [(delivery, trouble) for delivery in deliveries]
            return
        for story in stories:
            self._try(story)


def _trouble_in(deed: Callable[[], None]) -> Exception | None:
    """A handler may fail in any way; the others must still run."""
    try:
        deed()
    except Exception as error:
        return error
    return None


def _claim(now: datetime, room: int) -> list[Delivery]:
    """The row lock is the lease: a worker that dies lets go at once, and nothing it did remains."""
    skip = transaction.get_connection().features.has_select_for_update_skip_locked
    return list(
        Delivery.objects.due(now)
        .select_for_update(skip_locked=skip, of=("self",) if skip else ())
        .select_related("event")
        .order_by("due_at", "pk")[:room]
    )


def _portions(claimed: Sequence[Delivery]) -> list[list[Delivery]]:
    """First what is handled alone, by person, so that all workers lock rows in one order, and in the order it happened.

    Then, for each handler that takes many, all it has: what came of many tasks, where no order is to be kept.
    """
    alone: list[list[Delivery]] = []
    shared: dict[str, list[Delivery]] = {}
    for delivery in sorted(claimed, key=lambda delivery: (_about(delivery.event), delivery.pk)):
        if _takes_many(delivery.handler):
            shared.setdefault(delivery.handler, []).append(delivery)
        else:
            alone.append([delivery])
    return [*alone, *(shared[handler] for handler in sorted(shared))]


def _stories(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    stories: dict[UUID, list[Delivery]] = {}
    for delivery in deliveries:
        stories.setdefault(delivery.event.correlation_id, []).append(delivery)
    return list(stories.values())


def _about(event: Event) -> UUID:
    return event.subject_id or event.correlation_id


def _takes_many(path: str) -> bool:
    try:
        return getattr(import_string(path), "takes_many", False)
    except ImportError:  # told when it is handled
        return False


@transaction.atomic
def _handle(deliveries: Sequence[Delivery], now: datetime) -> None:
    path = deliveries[0].handler
    handler: Callable[..., None] = import_string(path)
    events = [delivery.event for delivery in deliveries]
    with handling(*events), together():
        if _takes_many(path):
            handler(events, now=now)
        else:
            handler(events[0], now=now)


def _note_failure(delivery: Delivery, error: Exception, now: datetime) -> None:
    """Count it, unless another worker tried the row meanwhile. The message stays out: it may hold personal data."""
    attempts = delivery.attempts + 1
    status = DeliveryStatus.DEAD if attempts >= MAX_ATTEMPTS else DeliveryStatus.WAITING
    code = (error.code if isinstance(error, DomainError) else type(error).__name__)[:80]
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("handler_failed", handler=delivery.handler, delivery=delivery.pk, error=code, attempt=attempts,
              at=f"{frame.filename}:{frame.lineno}")  # fmt: skip
    Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.WAITING, attempts=delivery.attempts).update(
        status=status, attempts=attempts, last_error=code, due_at=now + _wait(attempts)
    )


def _wait(attempts: int) -> timedelta:
    """Exponential, with jitter, so that failures of one cause do not come back in step."""
    longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** (attempts - 1))
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311
