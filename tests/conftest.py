"""Fixtures that every part uses, and which tests run where."""

from __future__ import annotations

import os
import shutil
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import emptying

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

# No deadline: on a shared machine a slow example says nothing about the code.
hypothesis_settings.register_profile(
    "ci",
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.register_profile("deep", parent=hypothesis_settings.get_profile("ci"), max_examples=2000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# -- which tests run where ------------------------------------------------------------------------------------------
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make test` sets TEST_PASS; a plain `pytest` runs everything the settings allow and says what it skips."""
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    test_pass = os.environ.get("TEST_PASS", "")
    kept, elsewhere = [], []
    for item in items:
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="our own database is SQLite here; see `make test`"))
        if item.get_closest_marker("browser") and not os.path.exists(CHROMIUM):
            item.add_marker(pytest.mark.skip(reason=f"there is no browser at {CHROMIUM}"))
        (kept if _belongs(item, test_pass) else elsewhere).append(item)
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = kept


def _belongs(item: pytest.Item, test_pass: str) -> bool:
    """Each test runs in the pass that can tell something; most that touch the database run in both.

    The second pass leaves out what never opens our database (it cannot behave differently on another one) and
    the browser tests (pages are built from the same rows; a browser takes most of the suite's time).
    """
    if test_pass == "embedded":
        # The faults need the servers whatever our own settings say: once is enough.
        return not (item.get_closest_marker("postgres") or item.get_closest_marker("faults"))
    if test_pass == "servers":
        if item.get_closest_marker("browser"):
            return False
        named = any(item.get_closest_marker(name) for name in ("postgres", "faults", "both_sizes"))
        return named or _opens_the_database(item)
    return True


def _opens_the_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "live_server", "client", "admin_client"}
    return item.get_closest_marker("django_db") is not None or bool(fixtures & set(item.fixturenames))


# -- the database and the bell --------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite as it runs for users: a file, with its journal and its locks; Django's default would be in memory."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(settings.DATA_DIR / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _tests_may_empty_append_only_tables() -> None:
    emptying.allow(connection)


@pytest.fixture(scope="session", autouse=True)
def _bell_in_memory() -> None:
    """In one process nobody listens to the embedded broker's directory; on Redis the bell is rung for real."""
    from privacy_portal.celery import app

    if settings.BROKER_URL.startswith("filesystem"):
        app.conf.broker_url = "memory://"


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    cache.clear()


# -- servers that a test may need -----------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL server to make databases of one's own on, whatever our own database is."""
    url = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    return _answering(url, 5432, "PostgreSQL")


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis database that this test process may empty."""
    return _answering(os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/9", 6379, "Redis")


def _answering(url: str, port: int, name: str) -> str:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or port), timeout=2).close()
    except OSError as error:
        complaint = f"{name} does not answer at {parts.hostname}:{parts.port or port} ({error})"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(complaint, pytrace=False)
        pytest.skip(complaint)
    return url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


# -- the world of a test --------------------------------------------------------------------------------------------
@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def controller(db):
    """Makes controllers: `controller()` is in Ireland, `controller(code="acme-us", country="US")` is not."""
    from privacy_portal.organisation.models import Controller

    def make(code: str = "acme", **fields: object) -> Controller:
        facts = {
            "name": code.replace("-", " ").title(),
            "country": "IE",
            "calendar": "IE",
            "time_zone": "Europe/Dublin",
            "languages": ["en"],
            "mail_from": f"privacy@{code}.example",
            "dpo_name": "Dana Officer",
            "dpo_email": f"dpo@{code}.example",
        }
        return Controller.objects.create(code=code, **{**facts, **fields})

    return make


@pytest.fixture
def drain():
    """Delivers events and runs tasks until the house is quiet."""
    from privacy_portal.fanout.drain import drain

    return drain


@pytest.fixture
def events():
    """The types of the ledger's events, in order; `events(subject_id=…)` narrows as a queryset filter does."""
    from privacy_portal.ledger.models import Event

    def types(**narrowed: object) -> list[str]:
        return list(Event.objects.filter(**narrowed).order_by("pk").values_list("type", flat=True))

    return types
