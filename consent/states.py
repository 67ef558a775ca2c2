"""Where a person stands with a purpose, and which decision may follow which."""

from __future__ import annotations

from django.db.models import TextChoices


class Choice(TextChoices):
    GIVEN = "given", "Given"
    REFUSED = "refused", "Refused"
    PENDING = "pending", "Asked, not confirmed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class Method(TextChoices):
    """How the decision was expressed (GDPR Art. 4(11), 7(1))."""

    PREFERENCE_PAGE = "preference_page", "Preference page"
    SERVICE = "service", "Told by a service"
    PHONE = "phone", "On the phone"
    PAPER = "paper", "On paper"
    IN_PERSON = "in_person", "In person"
    CLOCK = "clock", "Reached its last day"


UNASKED = "unasked"
"""No decision is on record."""

# A yes is never turned into a refusal: it is withdrawn, which tells the systems. A withdrawal is always heard.
MOVES: dict[str, frozenset[str]] = {
    UNASKED: frozenset({Choice.GIVEN, Choice.REFUSED, Choice.PENDING, Choice.WITHDRAWN}),
    Choice.PENDING: frozenset(
        {Choice.GIVEN, Choice.REFUSED, Choice.PENDING, Choice.WITHDRAWN, Choice.EXPIRED}
    ),
    Choice.GIVEN: frozenset({Choice.GIVEN, Choice.WITHDRAWN, Choice.EXPIRED}),
    Choice.REFUSED: frozenset({Choice.GIVEN, Choice.REFUSED, Choice.PENDING, Choice.WITHDRAWN}),
    Choice.WITHDRAWN: frozenset({Choice.GIVEN, Choice.REFUSED, Choice.PENDING}),
    Choice.EXPIRED: frozenset({Choice.GIVEN, Choice.REFUSED, Choice.PENDING, Choice.WITHDRAWN}),
}
RUNNING = frozenset({Choice.GIVEN, Choice.PENDING})
"""Choices that end by themselves on their last day."""
