"""What the person gets: an encrypted package behind an expiring link, and the log of its downloads."""

from __future__ import annotations

from django.db import models


class Answer(models.Model):
    request = models.OneToOneField("dsr.SubjectRequest", on_delete=models.PROTECT, related_name="answer")
    parcel = models.OneToOneField("portal.Parcel", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    letter = models.JSONField(
        default=dict, help_text="Codes and numbers the letter is made from; no personal data"
    )

    undelivered_at = models.DateTimeField(
        null=True, help_text="Its mail came to nothing, and nobody has seen to it since"
    )

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"answer to {self.request_id}"


class Download(models.Model):
    """Append-only by trigger."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="downloads")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"download of {self.answer_id}"
