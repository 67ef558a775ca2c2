"""Run the handlers of events, each exactly once: the handler's writes and its "done" mark are one transaction."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils.module_loading import import_string

from privacy_portal import bell
from privacy_portal.errors import DomainError, IllegalMove, NotFound
from privacy_portal.ledger.catalogue import DeliveryRetried
from privacy_portal.ledger.models import Delivery, DeliveryQuerySet, DeliveryStatus, Event
from privacy_portal.ledger.record import handling, record
from privacy_portal.vocabulary import Actor

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 10
_FIRST_WAIT_SECONDS = 2
_LONGEST_WAIT_SECONDS = 3600

Handler = Callable[..., None]


def deliver_due(*, now: datetime, limit: int = 500) -> int:
    """Run what is due, oldest first, what the handlers themselves cause included. Returns how many were tried.

    Any number of workers may do this at once; a delivery another worker holds is passed over.
    """
    for tried in range(limit):
        if not _deliver_next(now):
            return tried
    return limit


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


def _deliver_next(now: datetime) -> bool:
    """Claim, handle and mark one delivery; False when none is due. A failure undoes the handler and is counted."""
    if not Delivery.objects.due(now).exists():
        return False
    delivery: Delivery | None = None
    try:
        with transaction.atomic():
            delivery = _claim(now)
            if delivery is None:
                return False
            _handle(delivery.event, delivery.handler, now)
            Delivery.objects.filter(pk=delivery.pk).update(
                status=DeliveryStatus.DONE, done_at=now, last_error=""
            )
    except Exception as error:
        # A handler may fail in any way; the others must still run. Without a claim it is the database that fails.
        if delivery is None:
            raise
        _note_failure(delivery, error, now)
    return True


def _claim(now: datetime) -> Delivery | None:
    """The row lock is the lease: a worker that dies lets go at once, and nothing it did remains."""
    skip = transaction.get_connection().features.has_select_for_update_skip_locked
    return (
        Delivery.objects.due(now)
        .select_for_update(skip_locked=skip, of=("self",) if skip else ())
        .select_related("event")
        .order_by("due_at", "pk")
        .first()
    )


def _handle(event: Event, path: str, now: datetime) -> None:
    handler: Handler = import_string(path)
    with handling(event):
        handler(event, now=now)


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
