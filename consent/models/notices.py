"""What people are told about a purpose before they decide (GDPR Art. 7(2), 13)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Self

from django.db import models
from django.db.models import Q

from privacy_portal.law.spans import months_after
from privacy_portal.staff.reach import Reach


class NoticeQuerySet(models.QuerySet["Notice"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)


class Notice(models.Model):
    """One per purpose. Its words stand in its versions; here is how long a yes holds and why so long."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="+")
    purpose = models.OneToOneField("governance.Purpose", on_delete=models.PROTECT, related_name="notice")
    valid_months = models.PositiveSmallIntegerField(
        null=True, help_text="A consent ends after; empty: when withdrawn"
    )
    valid_source = models.CharField(max_length=200, blank=True, help_text="Where that number comes from")
    evidence_days = models.PositiveSmallIntegerField(
        default=180, help_text="How long browser and shortened network address stay beside a decision"
    )

    objects = NoticeQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_validity_names_its_source",
                condition=Q(valid_months=None) | (Q(valid_months__gt=0) & ~Q(valid_source="")),
            ),
        ]

    def __str__(self) -> str:
        return f"notice of {self.purpose_id}"


class NoticeVersion(models.Model):
    """The exact words, published and from then on frozen; append-only by trigger.

    `texts` is {language: {"title", "body"}}; `sha256` is over its canonical JSON (ledger/canonical.py).
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    texts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=80)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="versions_of_a_notice_are_numbered", fields=["notice", "number"]),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"

    def title_in(self, language: str) -> str:
        return str(self.texts[self.shown_language(language)]["title"])

    def body_in(self, language: str) -> str:
        return str(self.texts[self.shown_language(language)]["body"])

    def shown_language(self, language: str) -> str:
        """The language the reader really gets: the asked one if there is such a text, else the first."""
        return language if language in self.texts else next(iter(self.texts))


def end_of_validity(decided_at: datetime, valid_months: int | None) -> datetime | None:
    """The moment a yes given now ends by itself; None if it does not."""
    if valid_months is None:
        return None
    moment = decided_at.astimezone(UTC)
    return datetime.combine(months_after(moment.date(), valid_months), moment.timetz())
