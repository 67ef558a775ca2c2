"""Retention: the rule of a dataset, holds against it, the sweep of a night, its disposals and their log."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from governance.models.periods import Period
from governance.states import DisposalStatus, Disposition, HoldGround, SweepStatus
from privacy_portal.staff.reach import Reach


class RetentionRule(models.Model):
    """How long the rows of a dataset may stay, counted from a date field of each row (GDPR Art. 5(1)(e))."""

    dataset = models.OneToOneField(
        "governance.Dataset", on_delete=models.PROTECT, related_name="retention_rule"
    )
    start = models.CharField(
        max_length=80, help_text="The date field of the row from which the period counts"
    )
    period = models.CharField(max_length=20, help_text="ISO 8601, such as P3Y")
    action = models.CharField(max_length=12, choices=Disposition, default=Disposition.DELETE)
    source = models.CharField(max_length=300, help_text="Statute or policy that sets the period")
    ended_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [models.CheckConstraint(name="a_rule_names_its_source", condition=~Q(source=""))]

    def __str__(self) -> str:
        return f"{self.period} from {self.start}"

    def before(self, now: datetime) -> datetime:
        """Rows that started before this moment are past their period; never earlier than the rule allows."""
        return Period.parse(self.period).before(now)


class HoldQuerySet(models.QuerySet["Hold"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def in_force(self) -> Self:
        return self.filter(lifted_at=None)


class Hold(models.Model):
    """Forbids disposal and erasure of a person's data, of a dataset, or of a person's rows in one dataset."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="holds")
    subject = models.ForeignKey(
        "portal.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    dataset = models.ForeignKey(
        "governance.Dataset", null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    ground = models.CharField(max_length=20, choices=HoldGround)
    reason = models.TextField(help_text="Without personal data")
    review_on = models.DateField()
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=80)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=80, blank=True)

    objects = HoldQuerySet.as_manager()
    history = HistoricalRecords()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_hold_names_a_person_or_a_dataset",
                condition=Q(subject__isnull=False) | Q(dataset__isnull=False),
            ),
            models.CheckConstraint(name="a_hold_gives_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="a_hold_is_lifted_by_somebody_at_some_time",
                condition=Q(lifted_at=None, lifted_by="") | (Q(lifted_at__isnull=False) & ~Q(lifted_by="")),
            ),
        ]
        indexes = [models.Index(name="hold_subject", fields=["subject"], condition=Q(lifted_at=None))]

    def __str__(self) -> str:
        return f"{self.ground} hold {self.pk}"


class SweepQuerySet(models.QuerySet["Sweep"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def locked(self, sweep_id: uuid.UUID) -> Sweep:
        return self.select_for_update(of=("self",)).get(pk=sweep_id)


class Sweep(models.Model):
    """One night's retention work of one controller: counted first, disposed after its release."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="sweeps")
    night = models.DateField(help_text="Local day of the controller")
    status = models.CharField(max_length=30, choices=SweepStatus, default=SweepStatus.COUNTING)
    planned_at = models.DateTimeField()
    planned_by = models.CharField(max_length=80)
    correlation_id = models.UUIDField(default=uuid.uuid4, editable=False)
    brake = models.CharField(
        max_length=300, blank=True, help_text="Why a person must look before anything is deleted"
    )
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True)
    closing_reason = models.CharField(max_length=300, blank=True)

    objects = SweepQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_controller_is_swept_once_a_night", fields=["controller", "night"]
            ),
            models.CheckConstraint(
                name="a_sweep_is_released_by_somebody_at_some_time",
                condition=Q(released_at=None, released_by="")
                | (Q(released_at__isnull=False) & ~Q(released_by="")),
            ),
            models.CheckConstraint(
                name="what_waits_for_release_says_why",
                condition=~Q(status=SweepStatus.AWAITING_RELEASE) | ~Q(brake=""),
            ),
        ]

    def __str__(self) -> str:
        return f"sweep of {self.night}"


class Disposal(models.Model):
    """What one rule disposes of in one night. `expected` and `held` were counted by the system itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="disposals")
    rule = models.ForeignKey(RetentionRule, on_delete=models.PROTECT, related_name="disposals")
    system = models.ForeignKey("governance.System", on_delete=models.PROTECT, related_name="disposals")
    dataset = models.CharField(max_length=60)
    start = models.CharField(max_length=80)
    period = models.CharField(max_length=20)
    before = models.DateTimeField(help_text="Rows that started earlier are past their period")
    status = models.CharField(max_length=30, choices=DisposalStatus, default=DisposalStatus.COUNTING)
    past = models.PositiveBigIntegerField(
        null=True, help_text="Rows past their period, those that stay included"
    )
    expected = models.PositiveBigIntegerField(null=True, help_text="Rows that will go")
    held = models.PositiveBigIntegerField(
        default=0, help_text="Rows that stay: on hold, or kept by a statute"
    )
    erased = models.PositiveBigIntegerField(default=0)
    rows_left = models.PositiveBigIntegerField(null=True, help_text="Counted by asking the system again")
    gone = models.PositiveBigIntegerField(
        default=0, help_text="Erased, with what went along in other datasets"
    )
    task_id = models.UUIDField(null=True, help_text="The task last asked; an answer to another one is stale")
    past_task_id = models.UUIDField(
        null=True, help_text="Counts as if nobody were on hold, where somebody is"
    )

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_rule_is_applied_once_a_sweep", fields=["sweep", "rule"]),
            models.CheckConstraint(
                name="a_completed_disposal_leaves_nothing",
                condition=~Q(status__in=[DisposalStatus.COMPLETED, DisposalStatus.COMPLETED_WITH_EXCEPTIONS])
                | Q(rows_left=0),
            ),
            models.CheckConstraint(
                name="rows_are_counted_before_they_are_disposed_of",
                condition=~Q(status=DisposalStatus.DISPOSING) | Q(expected__isnull=False),
            ),
        ]
        indexes = [models.Index(name="disposal_task", fields=["task_id"])]

    def __str__(self) -> str:
        return f"{self.dataset} before {self.before:%Y-%m-%d}"


class DisposalEntry(models.Model):
    """A line of the disposal log: numbers and codes, never a row's content. Append-only by trigger."""

    disposal = models.ForeignKey(Disposal, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    what = models.CharField(
        max_length=20, help_text="counted, not_counted, released, disposed, failed, closed …"
    )
    rows = models.PositiveBigIntegerField(default=0)
    rows_left = models.PositiveBigIntegerField(null=True)
    held = models.PositiveBigIntegerField(default=0)
    task_id = models.UUIDField(null=True)
    evidence = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the system's answer")
    code = models.CharField(max_length=80, blank=True)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.what} {self.rows}"
