"""What mails to colleagues about tasks say; composed when they are sent (wiring.LETTERS)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from privacy_portal.fanout import assignees
from privacy_portal.fanout.models import SystemTask

NAMED = 20
"""So many tasks have a line of their own in a mail; all of them are behind its last link."""


def waiting(letter: SystemTask) -> dict[str, Any]:
    """Numbers and links: which person, system or case it is about stays in the house."""
    tasks = assignees.waiting_for(letter)
    return {
        "number": tasks.count(),
        "tasks": [
            {"number": str(pk)[:8], "url": _absolute(reverse("portal:task_detail", args=[pk]))}
            for pk in tasks.values_list("pk", flat=True)[:NAMED]
        ],
        "board_url": _absolute(reverse("portal:task_list")),
    }


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
