"""The plan: per system and dataset what will be done, counted by a dry run, and who decided it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Plan(models.Model):
    request = models.ForeignKey("dsr.SubjectRequest", on_delete=models.CASCADE, related_name="plans")
    version = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    hash = models.CharField(
        max_length=64, help_text="SHA-256 over the lines and systems; a run may not exceed it"
    )
    systems = models.JSONField(
        default=dict, help_text="{code: hash of what the register said about it}: who takes part, and how"
    )
    set_aside_at = models.DateTimeField(null=True)
    set_aside_for = models.JSONField(
        default=list, help_text="Codes of the systems that changed after the count, so that nothing was asked"
    )
    accepted_by = models.CharField(max_length=80, blank=True)
    accepted_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_plan_version_is_made_once", fields=["request", "version"]),
            models.CheckConstraint(
                name="a_second_person_approves",
                condition=Q(approved_by="") | Q(accepted_by="") | ~Q(approved_by=F("accepted_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.version} of {self.request_id}"


class PlanLine(models.Model):
    """One dataset at one system. Numbers are rows; None where only a person can count."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines")
    connection = models.ForeignKey("portal.Connection", on_delete=models.PROTECT, related_name="+")
    system = models.CharField(max_length=60)
    dataset = models.CharField(max_length=80, blank=True)
    found = models.PositiveIntegerField(null=True)
    erase = models.PositiveIntegerField(null=True)
    change = models.PositiveIntegerField(null=True)
    keep = models.PositiveIntegerField(null=True)
    grounds = models.JSONField(default=list, help_text="[{field, rows, reason, article, until}]")
    problem = models.CharField(max_length=80, blank=True, help_text="Why the system could not be counted")

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.system}.{self.dataset}"
