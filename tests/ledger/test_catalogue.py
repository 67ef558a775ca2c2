"""Events hold ids and codes, whatever one tries to put in."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal.ledger import catalogue
from privacy_portal.ledger.canonical import dumps
from privacy_portal.ledger.facts import Code, Codes, Digest, Fact, LawName, NotForTheLedger, field_types
from privacy_portal.vocabulary import Right

KINDS = list(catalogue.CATALOGUE.values())
DOCUMENT_1 = {
    "consent_given",
    "consent_withdrawn",
    "consent_expired",
    "data_accessed",
    "data_modified",
    "data_deleted",
    "data_exported",
    "breach_detected",
    "retention_expired",
}
some_id = UUID("7f5c0e1c-0f3b-4a3e-9b7e-3d1c5a6b7c8d")

moments = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))
of_type = {
    Code: st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True),
    LawName: st.sampled_from(["GDPR", "UK GDPR", "CA Delete Act (data brokers)", "PIPEDA (CA)"]),
    Digest: st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    Codes: st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True)).map(tuple),
    UUID: st.uuids(),
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    bool: st.booleans(),
    datetime: moments,
    date: st.dates(),
}


def facts() -> st.SearchStrategy[Fact]:
    def built(kind: type[Fact]) -> st.SearchStrategy[Fact]:
        return st.builds(kind, **{name: values_of(hint) for name, hint in field_types(kind).items()})

    return st.sampled_from(KINDS).flatmap(built)


def values_of(hint: object) -> st.SearchStrategy[object]:
    if hint in of_type:
        return of_type[hint]
    inner = next(option for option in hint.__args__ if option is not type(None))
    return st.none() | of_type[inner]


def test_the_nine_events_of_the_first_document_are_there():
    assert set(catalogue.CATALOGUE) >= DOCUMENT_1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_says_what_happened(kind):
    assert len(kind.__doc__ or "") > 20
    assert "(" + kind.__name__ not in kind.__doc__, "the docstring is the one dataclasses make up"
    assert dataclasses.fields(kind)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", kind.type_name())
    assert len(kind.type_name()) <= 40


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_can_be_imported_from_the_catalogue(kind):
    assert getattr(catalogue, kind.__name__) is kind
    assert kind.__name__ in catalogue.__all__


@given(facts())
def test_a_payload_is_read_back_as_the_same_fact(fact):
    payload = fact.payload()

    assert type(fact).from_payload(payload) == fact
    assert catalogue.CATALOGUE[fact.type_name()].from_payload(payload).payload() == payload
    assert dumps(payload)


@given(facts())
def test_no_payload_of_any_fact_looks_like_a_person(fact):
    for value in fact.payload().values():
        for part in value if isinstance(value, list) else [value]:
            assert not (isinstance(part, str) and re.search(r"@|\s{2}|\n", part))


@given(st.emails())
def test_an_email_address_is_no_code(address):
    with pytest.raises(NotForTheLedger) as caught:
        catalogue.ConsentGiven(purpose=address)

    assert address not in str(caught.value)


@given(st.lists(st.from_regex(r"[A-Za-z]+", fullmatch=True), min_size=2).map(" ".join))
def test_free_text_is_no_code(words):
    with pytest.raises(NotForTheLedger):
        catalogue.RequestRefused(request_id=some_id, reason=words)


@pytest.mark.parametrize(
    "value",
    [
        "Ann Smith",
        "ann@example.org",
        "+353 1 234 5678",
        "0035312345678",
        "4111111111111111",
        "x" * 81,
        "a\nb",
        "Žofie",
        "-x",
    ],
)
def test_names_addresses_and_numbers_of_people_are_no_codes(value):
    with pytest.raises(NotForTheLedger):
        catalogue.DataAccessed(object_kind=value)


@pytest.mark.parametrize("value", ["ann@example.org", "Ann Smith", "gdpr", "", "G", "UK  GDPR"])
def test_a_law_starts_with_its_abbreviation(value):
    with pytest.raises(NotForTheLedger):
        catalogue.RequestOpened(request_id=some_id, right="erasure", law=value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("request_id", "not-a-uuid", id="text for an id"),
        pytest.param("request_id", None, id="nothing for a required id"),
        pytest.param("request_id", 7, id="a number for an id"),
        pytest.param("due_at", datetime(2026, 11, 21), id="a moment without a zone"),
        pytest.param("due_at", "soon", id="a word for a moment"),
        pytest.param("right", 3, id="a number for a code"),
        pytest.param("right", ["erasure"], id="a list for a code"),
    ],
)
def test_a_value_of_another_type_is_refused(field, value):
    given_ = {"request_id": some_id, "right": "erasure", field: value}

    with pytest.raises(NotForTheLedger, match=f"RequestOpened.{field}"):
        catalogue.RequestOpened(**given_)


def test_numbers_and_truths_are_not_mixed_up():
    with pytest.raises(NotForTheLedger):
        catalogue.LedgerVerified(size=True, holds=True)
    with pytest.raises(NotForTheLedger):
        catalogue.LedgerVerified(size=1, holds=1)
    with pytest.raises(NotForTheLedger):
        catalogue.LedgerVerified(size=2**53, holds=True)


def test_a_list_of_codes_is_not_one_word():
    with pytest.raises(NotForTheLedger):
        catalogue.DataAccessed(object_kind="subject", categories="contact")


def test_choices_become_their_plain_value_and_moments_utc():
    noon_in_berlin = datetime(2026, 11, 21, 13, 0, tzinfo=timezone(timedelta(hours=1)))

    payload = catalogue.RequestOpened(
        request_id=some_id, right=Right.ERASURE, due_at=noon_in_berlin
    ).payload()

    assert payload == {
        "request_id": str(some_id),
        "right": "erasure",
        "law": None,
        "channel": None,
        "due_at": "2026-11-21T12:00:00.000000Z",
    }
    assert type(payload["right"]) is str


def test_a_field_nobody_declared_is_refused():
    with pytest.raises(TypeError):
        catalogue.ConsentGiven(purpose="marketing", note="hello")


def test_an_event_may_not_declare_free_text():
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Gossip(Fact):
        text: str

    with pytest.raises(TypeError, match="may not hold"):
        Gossip(text="x")


def test_the_document_of_events_is_the_catalogue():
    page = Path(__file__).parents[2] / "docs" / "events.md"

    assert page.read_text() == catalogue.as_markdown(), "write catalogue.as_markdown() to docs/events.md"
