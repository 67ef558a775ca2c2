"""Asked-for links to the preference page: one row per form sent in, whether we know the person or not."""

from __future__ import annotations

import uuid

from django.db import models


class LinkRequest(models.Model):
    """The form writes the same row for everybody, so that neither answer nor time tells who is known here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey("portal.Subject", null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        indexes = [
            models.Index(name="links_waiting", fields=["asked_at"], condition=models.Q(handled_at=None)),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
