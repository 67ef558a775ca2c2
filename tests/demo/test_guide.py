"""What `make demo` prints when it is ready: where to click, and as whom."""

from __future__ import annotations

import pytest
from django.utils import timezone

from governance.actions.manifest.load import load_manifest
from privacy_portal.demo import company, guide, opening
from privacy_portal.demo.places import Places
from tests.governance.conftest import COMPANY, ENVIRON, LOADER

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000"


@pytest.fixture
def printed(tmp_path):
    load_manifest(text=COMPANY.read_text(), environ=ENVIRON, prune=False, by=LOADER, now=timezone.now())
    return guide.text(opening._guide(Places(tmp_path), timezone.now()), URL)


@pytest.mark.parametrize(
    ("email", "role"),
    [
        ("dpo@example.org", "data protection officer"),
        ("caseworker@example.org", "case worker"),
        ("auditor@example.org", "auditor"),
        ("owner@example.org", "system owner"),
    ],
)
def test_the_guide_names_who_signs_in_and_as_what(printed, email, role):
    [line] = [line for line in printed.splitlines() if line.startswith(f"    {email} ")]

    assert line.endswith(f", {role}")
    assert company.PASSWORD in printed


def test_every_log_in_of_the_guide_is_one_the_demo_makes(printed):
    for colleague in company.STAFF:
        assert f"{colleague.email} " in printed


def test_the_guide_names_the_address_and_a_person_with_their_pages(printed, client, settings):
    settings.PORTAL_DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert URL in printed.splitlines()[1]
    assert "This one is " in printed and "@" in printed.partition("This one is ")[2].splitlines()[0]
    pages = [word for word in printed.split() if word.startswith(URL + "/") and "/api/" not in word]
    assert len(pages) == 3
    for page in pages:
        assert client.get(page.removeprefix(URL), follow=True).status_code == 200, page


def test_the_guide_names_a_service_and_how_to_stop(printed):
    assert f"{URL}/api/v1/token   client {company.CLIENT_ID}" in printed
    assert "Ctrl-C stops everything." in printed
