"""One company, one server and one browser for all pages; built once, because a thousand people take a while."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests import emptying
from tests.browser import company

PICTURES = Path(os.environ.get("TEST_PICTURES", settings.BASE_DIR / "test-results" / "pages"))
PHONE, DESK = 390, 1360
POLICY_BROKEN = ("Content Security Policy", "Refused to", "violates the following")


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[company.Company]:
    """The company with its outside systems running; afterwards the database is empty again, as after `live_server`."""
    from privacy_portal.demo import processes
    from privacy_portal.demo.places import HTTP_SERVICES, Places

    places = Places(tmp_path_factory.mktemp("company"))
    ports = {name: processes.free_port() for name in HTTP_SERVICES}
    environment = {
        name: value for name, value in places.environment(ports).items() if name != "PORTAL_DATA_DIR"
    }
    places.make()
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(
            settings, "PORTAL_OUTBOUND_ALLOW", frozenset(environment["PORTAL_OUTBOUND_ALLOW"].split(","))
        )
        services = [processes.http_service(places, name) for name in HTTP_SERVICES]
        try:
            for service in services:
                service.start()
            for service in services:
                service.wait_until_ready(seconds=60)
            yield company.build(places, now=timezone.now())
        finally:
            processes.stop_all(services)
            emptying.allow(connection)  # beside Playwright's event loop Django opens a connection of its own
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def site(world: company.Company) -> Iterator[str]:
    """The address of a server that shows the company."""
    from pytest_django.live_server_helper import LiveServer

    server = LiveServer("localhost")
    server._live_server_modified_settings.enable()
    yield server.url
    server._live_server_modified_settings.disable()
    server.stop()


@pytest.fixture(autouse=True)
def db(world: company.Company, django_db_blocker) -> Iterator[None]:
    """In place of pytest-django's: all tests share what `world` built, so nothing is emptied between them."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="package")
def key_of(world: company.Company) -> Callable[[str], str]:
    """`key_of("dpo@example.org")` is the session of that colleague; signing in by form is tested on its own."""
    from privacy_portal.staff.models import User

    keys: dict[str, str] = {}

    def find(email: str) -> str:
        if email not in keys:
            client = Client()
            backend = "allauth.account.auth_backends.AuthenticationBackend"
            client.force_login(User.objects.get(email=email), backend=backend)
            keys[email] = client.cookies[settings.SESSION_COOKIE_NAME].value
        return keys[email]

    return find


@pytest.fixture
def open_tab(browser, site: str, key_of: Callable[[str], str]) -> Iterator[Callable[..., Tab]]:
    """`open_tab("dpo@example.org", width=390)` is a browser of theirs; without a name, of somebody outside."""
    contexts = []

    def make(email: str = "", *, width: int = DESK, scheme: str = "light", scripts: bool = True) -> Tab:
        size = {"width": width, "height": 900}
        context = browser.new_context(
            viewport=size, color_scheme=scheme, java_script_enabled=scripts, base_url=site
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        if email:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key_of(email), "url": site}])
        return Tab(context.new_page())

    yield make
    for context in contexts:
        context.close()


class Tab:
    """A page of a browser that remembers what its console complained about."""

    def __init__(self, page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message) -> None:
        if message.type == "error" or any(words in message.text for words in POLICY_BROKEN):
            self.complaints.append(message.text)

    def violations(self) -> list[tuple[str, str]]:
        """What axe finds against WCAG 2.2 A and AA, as (rule, element)."""
        from axe_playwright_python.sync_playwright import Axe

        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = (
            Axe()
            .run(self.page, options={"runOnly": rules, "resultTypes": ["violations"]})
            .response["violations"]
        )
        return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]

    def beyond(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")
