"""An installation that could forget what it confirmed says so at the start."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def set_to(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL synchronous_commit = {value}")


@pytest.mark.postgres
def test_a_database_that_confirms_before_it_has_written_is_warned_of_with_the_value():
    set_to("off")

    [warning] = run_checks(tags=[Tags.database], databases=["default"])

    assert warning.id == "portal.W001"
    assert "synchronous_commit = off" in warning.msg


@pytest.mark.postgres
def test_the_start_of_an_installation_says_it():
    set_to("off")
    said = StringIO()

    call_command("migrate", "--plan", skip_checks=False, stdout=StringIO(), stderr=said)

    assert "synchronous_commit = off" in said.getvalue()


@pytest.mark.postgres
@pytest.mark.parametrize("value", ["on", "local", "remote_apply"])
def test_a_database_that_writes_first_is_not_warned_of(value):
    set_to(value)

    assert run_checks(tags=[Tags.database], databases=["default"]) == []


def test_sqlite_and_checks_without_a_database_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert run_checks(tags=[Tags.database]) == []
