"""The request itself: who, what, under which law, by when, and how far it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from dsr.states import CLOSED, OPEN, Status
from privacy_portal.staff.reach import Reach
from privacy_portal.vocabulary import Right


class Channel(models.TextChoices):
    FORM = "form", "Public form"
    API = "api", "API"
    STAFF = "staff", "Entered by staff"


class SubjectRequestQuerySet(models.QuerySet["SubjectRequest"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def overdue(self, now: datetime) -> Self:
        return self.open().filter(due_at__lt=now)

    def due_between(self, start: datetime, end: datetime) -> Self:
        return self.open().filter(due_at__gte=start, due_at__lt=end)

    def locked(self, pk: uuid.UUID) -> SubjectRequest:
        return self.select_for_update(of=("self",)).get(pk=pk)

    def all_locked(self, pks: Iterable[uuid.UUID]) -> list[SubjectRequest]:
        """Always in the order of their keys, so that two workers never wait for each other."""
        return list(self.select_for_update(of=("self",)).filter(pk__in=list(pks)).order_by("pk"))


class SubjectRequest(models.Model):
    """One right asked for by one person at one controller (GDPR Arts 15–22, CCPA 1798.100 ff.)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(
        max_length=20, unique=True, help_text="What people quote, such as R-7K4M-2XQP"
    )
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey("portal.Subject", on_delete=models.PROTECT, related_name="+")
    right = models.CharField(max_length=20, choices=Right)
    law = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel)
    language = models.CharField(max_length=8, default="en")
    country = models.CharField(max_length=8, blank=True)
    status = models.CharField(max_length=30, choices=Status, default=Status.RECEIVED)
    received_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    due_on = models.DateField()
    due_at = models.DateTimeField(help_text="Earliest moment the answer is late")
    deadline = models.JSONField(
        default=dict, help_text="The due date with its explanation, frozen on receipt"
    )
    extended_at = models.DateTimeField(null=True)
    extension_reason = models.TextField(blank=True)
    delay_told_at = models.DateTimeField(null=True)
    refusal_reason = models.CharField(max_length=60, blank=True)
    refusal_text = models.TextField(blank=True)
    owner = models.ForeignKey(
        "portal.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    tasks_total = models.PositiveIntegerField(default=0)
    tasks_done = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    objects = SubjectRequestQuerySet.as_manager()
    PERSONAL_FIELDS = frozenset({"extension_reason", "refusal_text"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_closed_request_has_its_moment",
                condition=Q(status__in=sorted(CLOSED), closed_at__isnull=False)
                | (~Q(status__in=sorted(CLOSED)) & Q(closed_at=None)),
            ),
            models.CheckConstraint(
                name="done_never_exceeds_total", condition=Q(tasks_done__lte=F("tasks_total"))
            ),
            models.CheckConstraint(
                name="a_refusal_has_a_reason", condition=~Q(status=Status.REFUSED) | ~Q(refusal_reason="")
            ),
        ]
        indexes = [
            models.Index(name="request_queue", fields=["controller", "status", "due_at"]),
            models.Index(name="request_receipt", fields=["controller", "received_at", "id"]),
            models.Index(name="request_subject", fields=["subject"]),
        ]

    def __str__(self) -> str:
        return f"{self.right} request {self.reference}"

    def is_open(self) -> bool:
        return self.status in OPEN

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open() and now >= self.due_at
