"""Pages stay true while rows are added: nothing comes twice, nothing is left out."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import UUID

import pytest

from dsr.actions import intake
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from privacy_portal.vocabulary import Actor


@pytest.fixture
def opened(acme, noon):
    """`opened(number, minutes)`: so many requests, all received at one moment; their ids."""

    def make(number: int = 1, minutes: int = 0) -> list[str]:
        count = SubjectRequest.objects.count()
        return [
            str(
                intake.open_request(
                    controller_id=acme.pk,
                    asked=intake.Asked(
                        channel=Channel.API,
                        right="access",
                        law="GDPR",
                        identifiers={"email": f"ann-{count + nth}@example.org"},
                    ),
                    by=Actor.system("test"),
                    now=noon + timedelta(minutes=minutes),
                ).pk
            )
            for nth in range(number)
        ]

    return make


@pytest.fixture
def ask(client, as_service):
    def get(url: str = "/api/v1/requests", **parameters: object):
        return client.get(url, parameters or None, headers=as_service)

    return get


def ids(page) -> list[str]:
    return [row["id"] for row in page["results"]]


def test_a_row_added_between_two_pages_comes_on_a_later_one_and_moves_no_other(ask, opened):
    seen, url = [], "/api/v1/requests?page_size=2"
    expected = [*opened(3), *opened(2, minutes=1)]
    for minute in range(2, 20):
        page = ask(url).json()
        seen += ids(page)
        url = page["next"]
        if url is None:
            break
        if minute < 4:
            # A random key may well come before all that were seen.
            expected += opened(1, minutes=minute)

    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(expected)
    assert seen[-2:] == expected[-2:]


def test_rows_of_one_moment_are_parted_by_their_key(ask, opened):
    expected = sorted(opened(5), key=UUID)

    first = ask(page_size=2).json()
    second = ask(first["next"]).json()
    third = ask(second["next"]).json()

    assert ids(first) + ids(second) + ids(third) == expected
    assert (first["previous"], third["next"]) == (None, None)


def test_a_row_that_moves_between_two_pages_takes_no_other_with_it(ask, opened, noon):
    [first_id], [second_id] = opened(1), opened(1, minutes=1)
    first = ask(page_size=1).json()

    SubjectRequest.objects.filter(pk=first_id).update(received_at=noon + timedelta(days=1))

    assert ids(ask(first["next"]).json()) == [second_id]


def test_pages_are_walked_back_too(ask, opened):
    opened(2)
    opened(3, minutes=1)
    first = ask(page_size=2).json()
    second = ask(first["next"]).json()
    third = ask(second["next"]).json()

    back = ask(third["previous"]).json()
    start = ask(back["previous"]).json()

    assert (ids(back), ids(start)) == (ids(second), ids(first))
    assert start["previous"] is None
    assert ids(ask(start["next"]).json()) == ids(second)


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "é",
        base64.urlsafe_b64encode(b"after|yesterday|1").decode(),
        base64.urlsafe_b64encode(b"after|2026-11-21T12:00:00+00:00|one").decode(),
        base64.urlsafe_b64encode(b"after|2026-11-21T12:00:00|00000000-0000-0000-0000-000000000001").decode(),
        base64.urlsafe_b64encode(
            b"beside|2026-11-21T12:00:00Z|00000000-0000-0000-0000-000000000001"
        ).decode(),
    ],
)
def test_a_cursor_that_is_none_is_named(ask, cursor):
    answer = ask(cursor=cursor)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/cursor")


@pytest.mark.parametrize("size", ["0", "501", "-1", "many", "9" * 5000, "²"])
def test_a_page_size_that_is_none_is_named(ask, size):
    answer = ask(page_size=size)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/page_size")
