"""One row per message that came in; the unique constraint is the deduplication."""

from __future__ import annotations

import uuid

from django.db import models

from privacy_portal import crypto


class ReceiptKind(models.TextChoices):
    TASK_RESULT = "task_result", "Answer to a task"
    CHANGE = "change", "A service says that data changed"
    BREACH = "breach", "A breach was seen"


class Receipt(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey("portal.Connection", on_delete=models.PROTECT, related_name="receipts")
    message_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=ReceiptKind)
    body = models.BinaryField(editable=False, help_text="Sealed: it may hold personal data")
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=80, blank=True)

    PERSONAL_FIELDS = frozenset({"body"})

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_message_is_received_once", fields=["connection", "message_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"

    def place(self) -> str:
        return f"portal_receipt:{self.pk}:body"

    def seal_body(self, raw: bytes) -> None:
        self.body = crypto.seal(raw, self.place())

    def open_body(self) -> bytes:
        return crypto.unseal(bytes(self.body), self.place())
