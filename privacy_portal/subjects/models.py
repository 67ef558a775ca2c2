"""A person, to us: a random id, a key, and identifiers nobody can read without it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from privacy_portal.vocabulary import IdentifierKind


class Subject(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    key = models.BinaryField(null=True, editable=False)
    created_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    PERSONAL_FIELDS = frozenset({"key"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_forgotten_subject_has_no_key",
                condition=Q(forgotten_at=None) | Q(forgotten_at__isnull=False, key=None),
            ),
        ]

    def __str__(self) -> str:
        return f"subject {self.pk}"

    def key_place(self) -> str:
        return f"portal_subject:{self.pk}:key"


class Identifier(models.Model):
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="identifiers")
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=IdentifierKind)
    value = models.BinaryField(editable=False)
    index = models.BinaryField(max_length=32, editable=False)
    added_at = models.DateTimeField()

    PERSONAL_FIELDS = frozenset({"value", "index"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="an_identifier_names_one_subject", fields=["controller", "kind", "index"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}"

    def place(self) -> str:
        return f"portal_identifier:{self.subject_id}:{self.kind}"
