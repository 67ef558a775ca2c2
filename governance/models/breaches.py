"""The register of breaches: all of them, notified or not (GDPR Art. 33(5)), their clocks, alerts and notifications."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from governance.states import CLOCK_RUNS, AlertStatus, BreachStatus, Channel, Phase, Risk
from privacy_portal.staff.reach import Reach

DEEDS = {
    "breach_authority": "tell the authority",
    "breach_people": "tell the people",
    "breach_attorney_general": "tell the Attorney General",
}


class BreachQuerySet(models.QuerySet["Breach"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def running(self) -> Self:
        return self.filter(status__in=CLOCK_RUNS)

    def locked(self, breach_id: uuid.UUID) -> Breach:
        return self.select_for_update(of=("self",)).get(pk=breach_id)


class Breach(models.Model):
    """Four times are kept apart: it occurred, was detected, the controller became aware (the clock), it was told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="breaches")
    status = models.CharField(max_length=20, choices=BreachStatus, default=BreachStatus.OPEN)
    channel = models.CharField(max_length=10, choices=Channel)
    sender = models.CharField(max_length=80, help_text="Who reported: an actor, never a name")
    reference = models.CharField(max_length=120, blank=True, help_text="The sender's own number for it")
    title = models.CharField(max_length=200)
    description = models.TextField()
    systems = models.ManyToManyField("governance.System", related_name="breaches", blank=True)
    categories = models.JSONField(default=list)
    people_affected = models.PositiveIntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    detected_at = models.DateTimeField()
    aware_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    risk = models.CharField(max_length=10, choices=Risk, blank=True)
    reasons = models.TextField(blank=True, help_text="Of the judgement, and of not notifying")
    measures = models.TextField(blank=True, help_text="Taken or proposed, Art. 33(3)(d)")
    assessed_at = models.DateTimeField(null=True)
    assessed_by = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True)
    correlation_id = models.UUIDField(default=uuid.uuid4, editable=False)

    objects = BreachQuerySet.as_manager()
    PERSONAL_FIELDS = frozenset({"title", "description", "reasons", "measures"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_breach_is_detected_after_it_occurred",
                condition=Q(occurred_at=None) | Q(detected_at__gte=F("occurred_at")),
            ),
            models.CheckConstraint(
                name="awareness_follows_detection", condition=Q(aware_at__gte=F("detected_at"))
            ),
            models.CheckConstraint(
                name="a_report_follows_awareness", condition=Q(reported_at__gte=F("aware_at"))
            ),
            models.CheckConstraint(
                name="not_notifying_is_a_reasoned_judgement",
                condition=~Q(status=BreachStatus.NOT_NOTIFIED) | (~Q(reasons="") & ~Q(risk="")),
            ),
            models.UniqueConstraint(
                name="a_sender_reports_a_breach_once",
                fields=["controller", "sender", "reference"],
                condition=~Q(reference=""),
            ),
        ]
        verbose_name_plural = "breaches"

    def __str__(self) -> str:
        return f"breach {self.pk}"


class BreachClock(models.Model):
    """One legal clock of a breach, as the rule table counted it, with the steps that explain it."""

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="clocks")
    law = models.CharField(max_length=60)
    clock = models.CharField(max_length=30)
    due_at = models.DateTimeField()
    source = models.CharField(max_length=120)
    steps = models.JSONField(default=list)
    stopped_at = models.DateTimeField(null=True)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_clock_of_a_breach_runs_once", fields=["breach", "law", "clock"]),
        ]
        indexes = [models.Index(name="breach_clock_due", fields=["due_at"], condition=Q(stopped_at=None))]

    def __str__(self) -> str:
        return f"{self.law} {self.clock}"

    def get_deed(self) -> str:
        return DEEDS[self.clock]

    def is_late(self, now: datetime) -> bool:
        return (self.stopped_at or now) > self.due_at


class DeadlineAlert(models.Model):
    """One threshold of one clock. The unique row is what makes an alert go out once; none is ever without its row."""

    clock = models.ForeignKey(BreachClock, on_delete=models.PROTECT, related_name="alerts")
    hours_before = models.PositiveSmallIntegerField(help_text="0: the deadline has passed")
    fell_due_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=AlertStatus)
    at = models.DateTimeField()
    task_id = models.UUIDField(null=True, help_text="The mail that told it")
    reason = models.CharField(max_length=200, blank=True)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_threshold_is_alerted_once", fields=["clock", "hours_before"]),
            models.CheckConstraint(
                name="an_alert_without_its_own_mail_says_why",
                condition=Q(status=AlertStatus.SENT) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours_before} h before"


class Notification(models.Model):
    """The authority was told, in phases where need be (GDPR Art. 33(1), (4))."""

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="notifications")
    phase = models.CharField(max_length=10, choices=Phase)
    notified_at = models.DateTimeField()
    authority = models.CharField(max_length=200)
    reference = models.CharField(max_length=80, blank=True)
    delay_reason = models.TextField(blank=True, help_text="Needed after 72 hours, Art. 33(1)")
    on_time = models.BooleanField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)

    PERSONAL_FIELDS: frozenset[str] = frozenset({"delay_reason"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="there_is_one_first_notification", fields=["breach"], condition=Q(phase=Phase.FIRST)
            ),
            models.CheckConstraint(
                name="a_late_first_notification_gives_its_reasons",
                condition=~Q(phase=Phase.FIRST) | Q(on_time=True) | ~Q(delay_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase} notification"
