"""A code sent by mail: how many tries, until when. The code itself is stored nowhere."""

from __future__ import annotations

import uuid

from django.db import models


class IdentityCheck(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey("dsr.SubjectRequest", on_delete=models.CASCADE, related_name="checks")
    method = models.CharField(max_length=20, default="email_code")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.method} check {self.pk}"
