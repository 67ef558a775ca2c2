"""Notices: published words are numbered, hashed and frozen."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from consent.actions import notices
from consent.errors import SameText
from privacy_portal.errors import Invalid, NotFound
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor
from tests.consent.conftest import WORDS

OFFICER = Actor.staff(1)


@pytest.fixture
def publish(acme, newsletter, noon):
    def act(texts=WORDS, purpose="newsletter", **more):
        return notices.publish_version(
            controller_id=acme.pk, purpose=purpose, texts=texts, by=OFFICER, now=noon, **more
        )

    return act


def test_versions_are_numbered_and_hashed_over_the_exact_words(publish):
    first = publish()
    second = publish({**WORDS, "de": {"title": "Rundbrief", "body": "Einmal im Monat, auf Wunsch täglich."}})

    assert (first.number, second.number) == (1, 2)
    plain = json.dumps(second.texts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert second.sha256 == sha256(plain.encode()).hexdigest()


def test_the_ledger_proves_which_words_were_published(publish):
    version = publish()

    payload = Event.objects.get(type="notice_published").payload
    assert payload["text_hash"] == version.sha256
    assert payload["notice_version"] == 1


def test_the_same_words_are_not_published_twice(publish):
    publish()

    with pytest.raises(SameText):
        publish()


def test_a_new_validity_is_a_new_version(publish):
    publish()

    assert publish(valid_months=12, valid_source="CNIL recommendation 2020-092").number == 2


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({}, "texts"),
        ({"english": {"title": "a", "body": "b"}}, "texts"),
        ({"en": {"title": " ", "body": "b"}}, "texts.en"),
        ({"en": {"title": "a"}}, "texts.en"),
    ],
)
def test_a_missing_word_is_named(publish, texts, field):
    with pytest.raises(Invalid) as refused:
        publish(texts)

    assert refused.value.field == field


def test_a_validity_needs_its_source(publish):
    with pytest.raises(Invalid):
        publish(valid_months=13)


def test_an_unknown_purpose_has_no_notice(publish):
    with pytest.raises(NotFound):
        publish(purpose="astrology")


def test_a_reader_gets_their_language_or_the_first_there_is(publish):
    version = publish({"de": {"title": "Rundbrief", "body": "Monatlich."}, "en": WORDS["en"]})

    assert version.title_in("en") == "Newsletter"
    assert version.shown_language("fr") == next(iter(version.texts))
