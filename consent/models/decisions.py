"""What people decided: every decision for good, its evidence for a time, and where they stand now."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from consent.states import RUNNING, Choice, Method
from privacy_portal.staff.reach import Reach


class DecisionQuerySet(models.QuerySet["Decision"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def withdrawals(self) -> Self:
        """Decisions after which systems must stop: withdrawn, or expired."""
        return self.filter(choice__in=[Choice.WITHDRAWN, Choice.EXPIRED])


class Decision(models.Model):
    """One choice of one person on one purpose under one law (GDPR Art. 7(1)); append-only by trigger.

    It names the person by an opaque id only, so it stays as proof when the person has been forgotten.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey("portal.Subject", on_delete=models.PROTECT, related_name="decisions")
    purpose = models.ForeignKey("governance.Purpose", on_delete=models.PROTECT, related_name="decisions")
    law = models.CharField(max_length=60)
    choice = models.CharField(max_length=12, choices=Choice)
    decided_at = models.DateTimeField(help_text="When the person decided")
    recorded_at = models.DateTimeField(help_text="When we learned of it")
    valid_until = models.DateTimeField(null=True)
    notice_version = models.ForeignKey(
        "consent.NoticeVersion", null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    language = models.CharField(max_length=12, blank=True)
    method = models.CharField(max_length=20, choices=Method)
    interface = models.CharField(max_length=60, blank=True, help_text="Code of the page, app or form")
    source = models.CharField(max_length=60, blank=True, help_text="Code of the system that told us")
    actor = models.CharField(max_length=80)

    objects = DecisionQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_decision_is_recorded_after_it_was_taken",
                condition=Q(recorded_at__gte=F("decided_at")),
            ),
            models.CheckConstraint(
                name="a_decision_holds_until_after_it_was_taken",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("decided_at")),
            ),
            models.CheckConstraint(
                name="only_what_runs_has_a_last_day",
                condition=Q(valid_until=None) | Q(choice__in=sorted(RUNNING)),
            ),
        ]
        indexes = [
            models.Index(name="decision_history", fields=["subject", "recorded_at"]),
            models.Index(
                name="decision_stops",
                fields=["controller", "recorded_at"],
                condition=Q(choice__in=["expired", "withdrawn"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice} {self.pk}"

    def is_repeat(self, now: datetime) -> bool:
        """Whether an action that ended now found this decision already on record."""
        return self.recorded_at != now


class Evidence(models.Model):
    """What shows that it was the person: kept beside the decision for a limited time, then deleted."""

    decision = models.OneToOneField(
        Decision, primary_key=True, on_delete=models.PROTECT, related_name="evidence"
    )
    user_agent = models.CharField(max_length=300, blank=True)
    network = models.CharField(max_length=43, blank=True, help_text="Network address without its last part")
    keep_until = models.DateTimeField(db_index=True)

    PERSONAL_FIELDS = frozenset({"user_agent", "network"})
    DEFAULT_DAYS: ClassVar[int] = 180

    def __str__(self) -> str:
        return f"evidence of {self.decision_id}"


class CurrentDecisionQuerySet(models.QuerySet["CurrentDecision"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def past_their_day(self, now: datetime) -> Self:
        return self.filter(choice__in=sorted(RUNNING), valid_until__lte=now)


class CurrentDecision(models.Model):
    """Where a person stands: a projection of their last decision, written in the same transaction."""

    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(
        "portal.Subject", on_delete=models.PROTECT, related_name="current_decisions", db_index=False
    )
    purpose = models.ForeignKey(
        "governance.Purpose", on_delete=models.PROTECT, related_name="current_decisions"
    )
    law = models.CharField(max_length=60)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="current")
    choice = models.CharField(max_length=12, choices=Choice)
    decided_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    objects = CurrentDecisionQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_standing_per_person_purpose_and_law", fields=["subject", "purpose", "law"]
            ),
        ]
        indexes = [
            models.Index(name="standing_list", fields=["controller", "decided_at"]),
            models.Index(
                name="standing_ends", fields=["valid_until"], condition=Q(choice__in=sorted(RUNNING))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.purpose_id} {self.choice}"
