"""A job that was to begin at a moment of the clock, and what became of it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def free(self, now: datetime) -> AppointmentQuerySet:
        """Not kept yet, and nobody is at it."""
        return self.filter(finished_at=None, run_after__lte=now)


class Appointment(models.Model):
    """`run_after` is the lease while the job runs and the pause after it failed; `last_error` is the name of a class.

    With no attempt and an end, the moment lay before the installation: it is not made up for.
    """

    job = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=80, blank=True)

    objects = AppointmentQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_job_is_due_once_at_a_moment", fields=["job", "due_at"]),
            models.CheckConstraint(
                name="attempts_and_start_go_together",
                condition=Q(attempts=0, started_at=None) | Q(attempts__gte=1, started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_job_ends_after_its_moment",
                condition=Q(finished_at=None) | Q(finished_at__gte=F("due_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} of {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def was_missed(self) -> bool:
        return self.finished_at is not None and not self.attempts
