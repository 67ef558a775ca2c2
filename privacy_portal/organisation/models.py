"""The controller and what a letter or a due date needs to know about it."""

from __future__ import annotations

import uuid

from django.db import models


class Controller(models.Model):
    """Everything that concerns a person belongs to one controller (GDPR Art. 4(7))."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    calendar = models.CharField(
        max_length=12, blank=True, help_text='Public holidays, such as "IE" or "DE-BE"'
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    languages = models.JSONField(default=list, help_text="ISO 639-1 codes, the first is the default")
    address = models.TextField(blank=True)
    mail_from = models.EmailField()
    dpo_name = models.CharField(max_length=200, blank=True)
    dpo_email = models.EmailField(blank=True)
    authority_name = models.CharField(max_length=200, blank=True)
    authority_url = models.URLField(blank=True)
    access_review = models.BooleanField(
        default=False,
        help_text="Two people decide about every access request before the systems are asked",
    )

    PERSONAL_FIELDS = frozenset({"dpo_name", "dpo_email"})

    def __str__(self) -> str:
        return self.name

    def default_language(self) -> str:
        return str(self.languages[0]) if self.languages else "en"
