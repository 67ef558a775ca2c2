"""Connections to systems, tasks asked of them, the history of each task, and encrypted parcels of answers."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from privacy_portal import crypto
from privacy_portal.fanout.states import OPEN, Status
from privacy_portal.staff.reach import Reach
from privacy_portal.vocabulary import CauseKind, Verb


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)


class Connection(models.Model):
    """How one system is reached. `options` hold no secret; `secret` is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="connections")
    code = models.SlugField(max_length=60)
    kind = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    secret = models.BinaryField(default=bytes, editable=False)
    group = models.SlugField(
        max_length=40, default="default", help_text="Executor group: Celery queue fanout.<group>"
    )
    timeout_seconds = models.PositiveIntegerField(default=30)
    max_attempts = models.PositiveSmallIntegerField(default=8)
    answer_within_hours = models.PositiveSmallIntegerField(
        default=72, help_text="For answers that come later"
    )
    owner = models.ForeignKey(
        "portal.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=80, blank=True)
    retired_at = models.DateTimeField(null=True)

    objects = ConnectionQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_connection_code_is_unique_per_controller", fields=["controller", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @cached_property
    def described(self) -> str:
        """SHA-256 of what decides which rows an order means and what becomes of them.

        Where the system is reached is no part of it: a server that moves must not stop what was approved.
        """
        content = [self.kind, self.options.get("datasets", []), self.options.get("exact", False)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def open_secret(self) -> str:
        return crypto.unseal(bytes(self.secret), self.secret_place()).decode() if self.secret else ""

    def seal_secret(self, secret: str) -> None:
        self.secret = crypto.seal(secret.encode(), self.secret_place()) if secret else b""

    def secret_place(self) -> str:
        return f"portal_connection:{self.pk}:secret"


class SystemTaskQuerySet(models.QuerySet["SystemTask"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def of_cause(self, kind: str, cause_id: uuid.UUID) -> Self:
        return self.filter(cause_kind=kind, cause_id=cause_id)

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def need_person(self) -> Self:
        """They go no further by themselves."""
        return self.filter(status__in=(Status.FAILED, Status.WAITING_ON_PERSON))

    def ready(self, now: datetime) -> Self:
        return self.filter(
            status=Status.WAITING, run_after__lte=now, connection__paused_at=None, held_by=None
        )


class SystemTask(models.Model):
    """One thing asked of one system (house.md, stop 5). The row is the queue entry.

    `token` fences: it grows with every claim and a result that brings an older one is refused.
    `blockers` counts the dependencies still open; the task is ready at zero.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="tasks")
    verb = models.CharField(max_length=12, choices=Verb)
    cause_kind = models.CharField(max_length=12, choices=CauseKind)
    cause_id = models.UUIDField()
    subject_id = models.UUIDField(null=True)
    instructions = models.JSONField(default=dict)
    key = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="Idempotency key, the same over retries"
    )
    group = models.SlugField(max_length=40)
    status = models.CharField(max_length=20, choices=Status, default=Status.WAITING)
    blockers = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Legal due date; the queue is in this order")
    run_after = models.DateTimeField()
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    correlation_id = models.UUIDField()
    outcome = models.JSONField(default=dict)
    error_code = models.CharField(max_length=80, blank=True)
    assignee = models.ForeignKey("portal.User", null=True, on_delete=models.SET_NULL, related_name="tasks")
    held_by = models.UUIDField(null=True, help_text="The legal hold while which nothing is asked")

    objects = SystemTaskQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="only_a_running_task_holds_a_lease",
                condition=Q(status=Status.RUNNING, lease_until__isnull=False)
                | (~Q(status=Status.RUNNING) & Q(lease_until=None)),
            ),
            models.CheckConstraint(
                name="a_blocked_task_has_blockers",
                condition=Q(status=Status.BLOCKED, blockers__gt=0) | ~Q(status=Status.BLOCKED),
            ),
        ]
        indexes = [
            models.Index(name="task_queue", fields=["status", "group", "due_at", "run_after"]),
            models.Index(name="task_cause", fields=["cause_kind", "cause_id"]),
            models.Index(name="task_subject", fields=["subject_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} at {self.connection_id}"

    @cached_property
    def rows_left(self) -> int | None:
        return self.outcome.get("rows_left")


class TaskDependency(models.Model):
    """`task` is asked only after `needs` is finished."""

    task = models.ForeignKey(SystemTask, on_delete=models.CASCADE, related_name="needs")
    needs = models.ForeignKey(SystemTask, on_delete=models.CASCADE, related_name="unblocks")

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [models.UniqueConstraint(name="a_dependency_is_stated_once", fields=["task", "needs"])]

    def __str__(self) -> str:
        return f"{self.task_id} after {self.needs_id}"


class TaskStatusChange(models.Model):
    """The history of a task; append-only by trigger."""

    task = models.ForeignKey(SystemTask, on_delete=models.PROTECT, related_name="history")
    status = models.CharField(max_length=20, choices=Status)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    attempt = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=80, blank=True)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.task_id} {self.status}"


class Confirmation(models.Model):
    """What a person said about a task: done by hand, or skipped, with the reason and the proof's SHA-256. Kept for
    good; the file itself can be read only while its key is there.
    """

    task = models.ForeignKey(SystemTask, on_delete=models.PROTECT, related_name="confirmations")
    decision = models.CharField(
        max_length=12, choices=[("completed", "Done by hand"), ("skipped", "Skipped")]
    )
    reason = models.TextField(help_text="Without personal data")
    rows_left = models.PositiveIntegerField(default=0)
    evidence = models.FileField(upload_to="evidence/", blank=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    PERSONAL_FIELDS = frozenset({"evidence"})

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_confirmation_gives_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.decision}: {self.task_id}"


class EvidenceKey(models.Model):
    """The wrapped key of an attached file. Without this row the file cannot be read: it is destroyed."""

    confirmation = models.OneToOneField(
        Confirmation, primary_key=True, on_delete=models.PROTECT, related_name="evidence_key"
    )
    subject_id = models.UUIDField(null=True, db_index=True)
    key = models.BinaryField(editable=False)

    PERSONAL_FIELDS = frozenset({"key"})

    def __str__(self) -> str:
        return f"key to the evidence of {self.confirmation_id}"


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def of_cause(self, kind: str, cause_id: uuid.UUID) -> Self:
        return self.filter(cause_kind=kind, cause_id=cause_id)


class Parcel(models.Model):
    """Personal data on its way to the person: an encrypted file with its own key, gone after `expires_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    subject_id = models.UUIDField(null=True)
    cause_kind = models.CharField(max_length=12, choices=CauseKind)
    cause_id = models.UUIDField()
    task = models.OneToOneField(SystemTask, null=True, on_delete=models.PROTECT, related_name="parcel")
    name = models.CharField(max_length=80, help_text="Such as package.zip; never personal")
    path = models.CharField(max_length=120)
    key = models.BinaryField(null=True, editable=False)
    size = models.PositiveBigIntegerField()
    rows = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, help_text="Of the plain content")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    objects = ParcelQuerySet.as_manager()
    PERSONAL_FIELDS = frozenset({"path", "key"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_destroyed_parcel_has_no_key",
                condition=Q(destroyed_at=None) | Q(destroyed_at__isnull=False, key=None),
            ),
        ]
        indexes = [models.Index(name="parcel_cause", fields=["cause_kind", "cause_id"])]

    def __str__(self) -> str:
        return self.name

    def key_place(self) -> str:
        """As `parcels` writes it: the key and what it sealed belong to one place."""
        return f"portal_parcel:{self.pk}:content"
