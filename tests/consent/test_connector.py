"""Our own tables behind the verbs: what goes on erasure, and what stays as proof."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent.actions.proof import Proof
from consent.connector import ConsentConnector
from consent.models import CurrentDecision, Decision, Evidence, LinkRequest
from consent.queries import decide
from privacy_portal import subjects
from privacy_portal.connectors.base import Order, Refused
from privacy_portal.vocabulary import Verb

PROOF = Proof(user_agent="Firefox", address="203.0.113.9")


@pytest.fixture
def connector():
    return ConsentConnector({})


@pytest.fixture
def order(ann):
    def make(verb: Verb, subject_ref: str = str(ann.pk)) -> Order:
        return Order(verb=verb, key="k", cause="request:1", subject_ref=subject_ref)

    return make


@pytest.fixture
def known(give, withdraw, ann, acme, noon):
    give(proof=PROOF)
    withdraw(proof=PROOF, now=noon + timedelta(hours=1))
    LinkRequest.objects.create(controller=acme, subject=ann, asked_at=noon)


def by_name(outcome):
    return {dataset.dataset: dataset for dataset in outcome.datasets}


def test_a_dry_run_tells_what_would_go_and_what_stays_and_writes_nothing(connector, order, known):
    found = by_name(connector.locate(order(Verb.LOCATE)))

    assert (found["decisions"].found, found["decisions"].kept) == (2, 2)
    assert "7(1)" in found["decisions"].grounds[0].article
    assert (found["evidence"].erased, found["standing"].erased, found["asked_links"].erased) == (2, 1, 1)
    assert Evidence.objects.count() == 2


def test_an_erasure_leaves_only_the_proof_and_says_so_after_asking_again(
    connector, order, known, acme, ann, noon
):
    outcome = connector.erase(order(Verb.ERASE))

    assert outcome.rows_left == 0
    assert (
        not Evidence.objects.exists()
        and not CurrentDecision.objects.exists()
        and not LinkRequest.objects.exists()
    )
    assert Decision.objects.count() == 2
    assert by_name(outcome)["decisions"].kept == 2
    assert not decide(controller_id=acme.pk, subject_id=ann.pk, purpose="newsletter", now=noon).allowed


def test_erasing_twice_changes_nothing_more(connector, order, known):
    connector.erase(order(Verb.ERASE))

    again = connector.erase(order(Verb.ERASE))

    assert again.rows_left == 0
    assert sum(dataset.erased for dataset in again.datasets) == 0


def test_an_erasure_reaches_ids_merged_into_the_person_and_nobody_else(
    connector, order, give, acme, ann, known, noon
):
    device = subjects.remember(controller_id=acme.pk, identifiers={"device_id": "d-1"}, now=noon)
    bob = subjects.remember(controller_id=acme.pk, identifiers={"email": "bob@example.org"}, now=noon)
    for somebody in (device, bob):
        give(subject_id=somebody.pk, proof=PROOF)
    subjects.merge(from_id=device.pk, into_id=ann.pk, now=noon)

    connector.erase(order(Verb.ERASE))

    assert [row.subject_id for row in CurrentDecision.objects.all()] == [bob.pk]
    assert Evidence.objects.get().decision.subject_id == bob.pk


def test_an_export_holds_every_choice_with_the_words_that_were_shown(connector, order, give, notice, noon):
    give(proof=Proof(notice_version=1, language="en", user_agent="Firefox"))

    record = next(iter(connector.export(order(Verb.EXPORT)).records))

    assert record.values["choice"] == "given"
    assert record.values["notice_body"] == "We send you news once a month."
    assert record.values["user_agent"] == "Firefox"


def test_a_person_we_know_nothing_of_is_an_empty_answer(connector, order, newsletter):
    assert sum(dataset.found for dataset in connector.locate(order(Verb.LOCATE)).datasets) == 0
    assert connector.erase(order(Verb.ERASE)).rows_left == 0


@pytest.mark.parametrize("verb", [Verb.RECTIFY, Verb.RESTRICT, Verb.EXPIRE, Verb.NOTIFY])
def test_what_makes_no_sense_here_is_refused(connector, order, verb):
    with pytest.raises(Refused):
        getattr(connector, verb)(order(verb))


@pytest.mark.parametrize("verb", [Verb.LOCATE, Verb.EXPORT, Verb.ERASE])
def test_without_a_subject_id_nobody_is_searched_for(connector, order, verb):
    with pytest.raises(Refused):
        getattr(connector, verb)(order(verb, subject_ref=""))


def test_an_erasure_asked_under_an_id_merged_away_reaches_what_was_said_under_both(
    connector, order, known, acme, ann, noon
):
    device = subjects.remember(controller_id=acme.pk, identifiers={"device_id": "d-1"}, now=noon)
    LinkRequest.objects.create(controller=acme, subject=device, asked_at=noon)
    subjects.merge(from_id=device.pk, into_id=ann.pk, now=noon)

    outcome = connector.erase(order(Verb.ERASE, str(device.pk)))

    assert outcome.rows_left == 0
    assert not LinkRequest.objects.exists()
    assert not CurrentDecision.objects.exists()
