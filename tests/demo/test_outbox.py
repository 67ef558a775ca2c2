"""The page of mails exists in the demo only."""

from __future__ import annotations

import os
import time

import pytest
from django.core import mail
from django.urls import reverse

from privacy_portal.web import outbox

pytestmark = pytest.mark.django_db
FILES = "django.core.mail.backends.filebased.EmailBackend"


@pytest.fixture
def letters(settings, tmp_path):
    """Two mails in the outbox, the first one older."""
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH, settings.PORTAL_DEMO = FILES, str(tmp_path), True
    for number, subject in enumerate(("Your code", "Our answer – für Käthe")):
        link = f"http://127.0.0.1:8000/privacy/request/token{number}"
        message = mail.EmailMultiAlternatives(
            subject, f"123456\n{link}\n", "privacy@aurora.example", ["ann@example.org"]
        )
        message.attach_alternative("<p>654321</p>", "text/html")
        message.send()
        for file in tmp_path.glob("*.log"):
            if number == 0:
                os.utime(file, (time.time() - 60, time.time() - 60))
    return tmp_path


def test_mails_are_shown_newest_first_with_links_to_follow(letters, client):
    page = client.get(reverse("portal:demo_outbox"))

    text = page.content.decode()
    assert page.status_code == 200
    assert text.index("für Käthe") < text.index("Your code")
    assert '<a href="http://127.0.0.1:8000/privacy/request/token0"' in text
    assert "no-store" in page["Cache-Control"] or "no-cache" in page["Cache-Control"]


def test_an_empty_outbox_explains_itself(settings, tmp_path, client):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH, settings.PORTAL_DEMO = (
        FILES,
        str(tmp_path / "none"),
        True,
    )

    assert "None has gone out yet" in client.get(reverse("portal:demo_outbox")).content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("PORTAL_DEMO", False, id="without the demo"),
        pytest.param("PRODUCTION", True, id="in production"),
        pytest.param(
            "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend", id="where mails are really sent"
        ),
    ],
)
def test_elsewhere_there_is_no_such_page(letters, client, settings, name, value):
    setattr(settings, name, value)

    assert client.get(reverse("portal:demo_outbox")).status_code == 404


def test_codes_and_links_are_found_in_a_mail(letters):
    first, second = outbox.read(letters)

    assert (first.to, first.code(), first.link("/privacy/request/")) == (
        "ann@example.org",
        "123456",
        "/privacy/request/token0",
    )
    assert (second.subject, second.link("/elsewhere/")) == ("Our answer – für Käthe", "")
