"""Statuses of a subject request and the moves between them."""

from __future__ import annotations

from django.db.models import TextChoices


class Status(TextChoices):
    RECEIVED = "received", "Received, identity not yet confirmed"
    LOCATING = "locating", "Looking where data is (dry run)"
    PLANNED = "planned", "Plan ready, waits for a decision"
    ACCEPTED = "accepted", "Accepted, waits for a second person"
    FULFILLING = "fulfilling", "Systems are being asked"
    COMPLETED = "completed", "Completed"
    COMPLETED_WITH_EXCEPTIONS = "completed_with_exceptions", "Completed, some data is kept on a legal ground"
    PARTLY_FAILED = "partly_failed", "Partly failed, data is left"
    REFUSED = "refused", "Refused"
    CANCELLED = "cancelled", "Cancelled by the person"
    EXPIRED = "expired", "Closed, identity was never confirmed"


MOVES: dict[str, frozenset[str]] = {
    Status.RECEIVED: frozenset({Status.LOCATING, Status.REFUSED, Status.CANCELLED, Status.EXPIRED}),
    Status.LOCATING: frozenset({Status.PLANNED, Status.REFUSED, Status.CANCELLED}),
    Status.PLANNED: frozenset(
        {Status.ACCEPTED, Status.FULFILLING, Status.LOCATING, Status.REFUSED, Status.CANCELLED}
    ),
    Status.ACCEPTED: frozenset({Status.FULFILLING, Status.PLANNED, Status.REFUSED, Status.CANCELLED}),
    # Back to counting only before the first system is asked: the register no longer says what was approved.
    Status.FULFILLING: frozenset(
        {Status.LOCATING, Status.COMPLETED, Status.COMPLETED_WITH_EXCEPTIONS, Status.PARTLY_FAILED}
    ),
    Status.COMPLETED: frozenset(),
    Status.COMPLETED_WITH_EXCEPTIONS: frozenset(),
    Status.PARTLY_FAILED: frozenset(),
    Status.REFUSED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}
CLOSED = frozenset(status for status, onward in MOVES.items() if not onward)
OPEN = frozenset(MOVES) - CLOSED
STAGES = (
    Status.RECEIVED,
    Status.LOCATING,
    Status.PLANNED,
    Status.ACCEPTED,
    Status.FULFILLING,
    Status.COMPLETED,
)
