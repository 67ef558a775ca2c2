"""The mails that left an embedded install, and the demo's page of them: there a visitor reads the codes and links."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

MOST = 50
_TO_FILES = "django.core.mail.backends.filebased.EmailBackend"
_SEPARATOR = "\n" + "-" * 79 + "\n"
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@never_cache
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Newest first. 404 unless the supervisor of the demo started us and mails are written to files."""
    if not settings.PORTAL_DEMO or settings.PRODUCTION or settings.EMAIL_BACKEND != _TO_FILES:
        raise Http404
    mails = read(Path(settings.EMAIL_FILE_PATH))
    newest = mails[::-1][:MOST]
    return render(request, "portal/demo_outbox.html", {"mails": newest, "number": len(mails)})


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it stands in the outbox."""

    to: str
    sender: str
    subject: str
    text: str
    at: datetime | None = None

    def code(self) -> str:
        """The six digits in it; empty without any."""
        found = _CODE.search(self.text)
        return found[0] if found else ""

    def link(self, part: str) -> str:
        """The path of the first link that contains this; empty without any."""
        links = (link for link in re.findall(r"https?://[^\s<>\"]+", self.text) if part in link)
        return next((urlsplit(link).path for link in links), "")


def read(folder: Path) -> list[Mail]:
    """The messages Django's file backend wrote, oldest first; one file may hold several."""
    files = sorted(folder.glob("*.log"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    texts = (text for file in files for text in file.read_text(encoding="utf-8").split(_SEPARATOR))
    return [_mail(text.lstrip("\n")) for text in texts if text.strip()]


def _mail(text: str) -> Mail:
    message = email.message_from_string(text, policy=email.policy.default)
    body = message.get_body(("plain",))
    sent = message["date"]
    return Mail(
        to=str(message["to"] or ""),
        sender=str(message["from"] or ""),
        subject=str(message["subject"] or ""),
        text=body.get_content() if body else "",
        at=sent.datetime if sent else None,
    )
