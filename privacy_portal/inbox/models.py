"""One row per message that came in; the unique constraint is the deduplication."""

from __future__ import annotations

import hashlib
import uuid
from typing import Self

from django.db import models

from privacy_portal import crypto
from privacy_portal.errors import DomainError


class ReceiptKind(models.TextChoices):
    TASK_RESULT = "task_result", "Answer to a task"
    CHANGE = "change", "A service says that data changed"
    BREACH = "breach", "A breach was seen"


class MessageGone(DomainError):
    """What this message said was dropped after its time; its SHA-256 remains."""

    status = 410


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def with_body(self) -> Self:
        return self.filter(body__isnull=False)

    def empty(self) -> int:
        """Drop what the messages said; returns of how many. Their SHA-256 still proves what came in."""
        return self.with_body().update(body=None)


class Receipt(models.Model):
    """A message that came in. What it said is kept for two weeks after it was acted on, and never longer than the
    person it names is known here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey("portal.Connection", on_delete=models.PROTECT, related_name="receipts")
    message_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=ReceiptKind)
    body = models.BinaryField(
        null=True, editable=False, help_text="Sealed: it may hold personal data; none once dropped"
    )
    body_sha256 = models.CharField(max_length=64, blank=True)
    subject_id = models.UUIDField(null=True, db_index=True, help_text="Whom the message names")
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=80, blank=True)

    objects = ReceiptQuerySet.as_manager()
    PERSONAL_FIELDS = frozenset({"body"})

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_message_is_received_once", fields=["connection", "message_id"]),
        ]
        indexes = [
            models.Index(
                name="messages_still_held",
                fields=["handled_at"],
                condition=models.Q(body__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"

    def place(self) -> str:
        return f"portal_receipt:{self.pk}:body"

    def seal_body(self, raw: bytes) -> None:
        self.body = crypto.seal(raw, self.place())
        self.body_sha256 = hashlib.sha256(raw).hexdigest()

    def open_body(self) -> bytes:
        """Raises MessageGone once it was dropped."""
        if self.body is None:
            raise MessageGone()
        return crypto.unseal(bytes(self.body), self.place())
