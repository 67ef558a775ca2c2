"""What a task becomes when it is spoken aloud: an Order with plain identifiers, in memory only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings

from privacy_portal import crypto, subjects
from privacy_portal.connectors.base import Identifier, Order
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Verb

log = structlog.get_logger(__name__)


def orders_for(tasks: Iterable[SystemTask], *, now: datetime) -> dict[UUID, Order | None]:
    """An order per task; tasks about one person share one look at the identifiers.

    None where somebody the order names cannot be named any more: forgotten, or the key cannot be read. For a sweep
    that would be a person on hold, whose rows must not go for that.
    """
    tasks = list(tasks)
    known = _readable({subject_id for task in tasks for subject_id in people_of(task)})
    orders: dict[UUID, Order | None] = {}
    for task in tasks:
        people = people_of(task)
        named = (identifier for subject_id in sorted(people) for identifier in known[subject_id])
        identifiers = tuple(identifier for identifier in named if _was_known(task, identifier))
        nameless = any(not known[subject_id] for subject_id in people) or bool(people and not identifiers)
        orders[task.pk] = None if nameless else _order(task, identifiers, now)
    return orders


def named_in(task: SystemTask) -> dict[UUID, tuple[Identifier, ...]]:
    """Whom the order names and how they can be found: what somebody needs to know who carries it out by hand.

    Empty for who was forgotten or whose key cannot be read. Who shows this to staff logs it.
    """
    return _readable(people_of(task))


def people_of(task: SystemTask) -> set[UUID]:
    """Whom the order names: the person it is about or, where rows expire, those on hold whose rows must stay."""
    if task.verb == Verb.EXPIRE:
        return {UUID(subject_id) for subject_id in task.instructions.get("hold", ())}
    return {task.subject_id} if task.subject_id else set()


def _was_known(task: SystemTask, identifier: Identifier) -> bool:
    """A repeated order says what it said the first time, or the system refuses its key as used for another one.

    A dry run finds further identifiers while it lasts, so its orders list the kinds they were made with.
    """
    return identifier.kind in task.instructions.get("known_by", (identifier.kind,))


def _order(task: SystemTask, identifiers: tuple[Identifier, ...], now: datetime) -> Order:
    connection = task.connection
    return Order(
        verb=Verb(task.verb),
        key=str(task.key),
        cause=f"{task.cause_kind}:{task.cause_id}",
        identifiers=identifiers,
        subject_ref=str(task.subject_id or ""),
        instructions=task.instructions,
        callback_url=f"{settings.PUBLIC_URL}/api/v1/inbox/{connection.controller.code}/{connection.code}",
        timeout_seconds=float(connection.timeout_seconds),
        deadline=task.due_at,
        asked_at=task.asked_at,
        now=now,
    )


def _readable(subject_ids: Collection[UUID]) -> dict[UUID, tuple[Identifier, ...]]:
    """One person whose key cannot be read must not stop the tasks of the others."""
    try:
        plain = subjects.reveal_many(subject_ids) if subject_ids else {}
    except crypto.Undecipherable:
        return {subject_id: _readable_alone(subject_id) for subject_id in subject_ids}
    return {subject_id: _spoken(identifiers) for subject_id, identifiers in plain.items()}


def _readable_alone(subject_id: UUID) -> tuple[Identifier, ...]:
    """Empty once forgotten, or unreadable."""
    try:
        return _spoken(subjects.reveal(subject_id=subject_id))
    except crypto.Undecipherable:
        log.error("identifiers_unreadable", subject=str(subject_id))
        return ()


def _spoken(plain: Iterable[subjects.PlainIdentifier]) -> tuple[Identifier, ...]:
    return tuple(Identifier(kind=item.kind, value=item.value) for item in plain)
