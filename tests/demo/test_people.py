"""A thousand people who do not exist, the same ones every time."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from privacy_portal.demo import lives, people
from privacy_portal.law.spans import months_after

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def everybody() -> list[people.Person]:
    return people.generate()


@pytest.fixture(scope="module")
def rows(everybody) -> lives.Rows:
    return lives.rows_of(everybody, today=TODAY)


def test_the_same_seed_gives_the_same_people_and_lives(everybody, rows):
    again = people.generate()

    assert again == everybody
    assert lives.rows_of(again, today=TODAY) == rows


def test_another_seed_gives_others(everybody):
    assert people.generate(seed=1) != everybody


def test_fewer_people_are_the_first_of_all_and_live_the_same(everybody, rows):
    some = people.generate(50)

    visits = lives.rows_of(some, today=TODAY)["events"]

    assert some == everybody[:50]
    assert visits == rows["events"][: len(visits)]


def test_nobody_is_mistaken_for_somebody_else(everybody):
    for name in ("email", "customer_id", "device_id"):
        assert len({getattr(person, name) for person in everybody}) == len(everybody)


def test_no_address_can_reach_anybody(everybody):
    """RFC 2606: these domains belong to nobody."""
    domains = {person.email.partition("@")[2] for person in everybody}

    assert all(domain.endswith(("example.org", "example.net", "example.com")) for domain in domains)


def test_people_live_in_the_union_and_in_california(everybody):
    laws = Counter(person.region.law for person in everybody)

    assert laws.keys() == {"GDPR", "CCPA"}
    assert min(laws.values()) > 150
    assert len({person.region.country for person in everybody}) >= 6


@pytest.mark.parametrize(
    ("table", "column", "months"),
    [
        pytest.param("accounts", "last_login_at", 36, id="accounts: three years after the last log-in"),
        pytest.param("orders", "placed_at", 84, id="orders: seven years"),
        pytest.param("invoices", "issued_on", 84, id="invoices: seven years by statute"),
        pytest.param("profiles", "last_seen_at", 14, id="profiles: fourteen months"),
        pytest.param("events", "at", 14, id="events: fourteen months"),
        pytest.param("subscribers", "last_opened_at", 24, id="subscribers: two years"),
        pytest.param("campaign_sends", "sent_at", 24, id="campaigns: two years"),
    ],
)
def test_every_rule_finds_something_old_and_leaves_more_that_is_young(rows, table, column, months):
    border = months_after(TODAY, -months)

    old = [row for row in rows[table] if day_of(row[column]) < border]

    assert 5 < len(old) < len(rows[table]) / 2
    assert len(old) < 2000, "more would wait for a person in the first night"


def test_who_the_story_is_about_has_something_everywhere(everybody, rows):
    for person in (person for person in everybody if person.is_lead):
        found = {table for table in rows if any(person.customer_id in row.values() for row in rows[table])}
        invoices = [row["issued_on"] for row in rows["invoices"] if row["customer_id"] == person.customer_id]

        assert found | {"campaign_sends"} == set(rows)
        assert min(invoices) < TODAY - timedelta(days=2560) < max(invoices)
        assert lives.letter_of(person, TODAY)


def test_enough_of_them_live_under_the_gdpr_for_every_part_of_the_story(everybody):
    assert sum(person.is_lead and person.region.law == "GDPR" for person in everybody) >= 7


def test_most_people_never_wrote_a_letter(everybody):
    letters = [person for person in everybody if lives.letter_of(person, TODAY)]

    assert 20 < len(letters) < 100


def day_of(value: object) -> date:
    if isinstance(value, str):
        return datetime.fromisoformat(value).date()
    return value.date() if isinstance(value, datetime) else value
