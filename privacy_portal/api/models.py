"""Services that may call, and answers kept so that a repeated request gets the first one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from privacy_portal.vocabulary import Actor


class ServiceClient(models.Model):
    """Ties an OAuth2 application to one controller and to what it may do there."""

    application = models.OneToOneField(
        "oauth2_provider.Application",
        on_delete=models.CASCADE,
        related_name="service",
    )
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=60)
    scopes = models.JSONField(default=list)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_service_code_is_unique_per_controller", fields=["controller", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def actor(self) -> Actor:
        return Actor.service(self.code)


KEEP = timedelta(hours=24)


class IdempotentAnswerQuerySet(models.QuerySet["IdempotentAnswer"]):
    def past(self, now: datetime) -> Self:
        """Kept for as long as was promised."""
        return self.filter(started_at__lt=now - KEEP)


class IdempotentAnswer(models.Model):
    """The first answer to an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), sealed, for 24 hours."""

    client = models.ForeignKey(ServiceClient, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    started_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True, editable=False)

    objects = IdempotentAnswerQuerySet.as_manager()
    PERSONAL_FIELDS = frozenset({"body"})

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_key_is_used_once_per_service", fields=["client", "key"]),
            models.CheckConstraint(
                name="status_and_body_come_together",
                condition=Q(status=None, body=None) | Q(status__isnull=False, body__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"answer to {self.key}"

    def place(self) -> str:
        return f"portal_idempotentanswer:{self.client_id}:{self.key}"
