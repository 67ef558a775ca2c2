"""A passkey, made and used with a virtual authenticator: the browser's own code and our policy, nothing replaced."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from privacy_portal.demo.company import PASSWORD
from privacy_portal.ledger.models import Event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ADMIN = "admin@example.org"


@pytest.fixture
def demanded(settings):
    settings.PORTAL_SECOND_FACTOR = True
    yield
    Authenticator.objects.all().delete()


def plug_in_a_key(page) -> None:
    """A key of the platform, such as a fingerprint reader, whose owner always agrees."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": key})


def test_a_passkey_is_set_up_where_a_password_is_not_enough_and_then_opens_the_admin(
    world, open_tab, demanded
):
    tab = open_tab()
    page = tab.page
    plug_in_a_key(page)

    page.goto("/admin/")
    page.fill("#id_login", ADMIN)
    page.fill("#id_password", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(f"**{reverse('mfa_index')}")
    page.goto(reverse("mfa_add_webauthn"))
    page.fill("input[type=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(f"**{reverse('mfa_add_webauthn')}")
    page.fill("#id_name", "Fingerprint")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda address: reverse("mfa_add_webauthn") not in address)
    page.context.clear_cookies()
    page.goto(reverse("account_login") + "?next=/admin/")
    page.click("#passkey_login")
    page.wait_for_url(lambda address: urlsplit(address).path == "/admin/")

    assert Event.objects.filter(type="staff_signed_in").latest("pk").payload["second_factor"] is True
    assert [words for words in tab.complaints if "Content Security Policy" in words] == []
