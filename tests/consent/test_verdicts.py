"""May these data be used now? One table of reasons, one query, never a yes by mistake."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from consent.actions import decisions
from consent.errors import UnknownPurpose, UnknownSubject
from consent.queries import Question, decide, decide_many
from consent.queries.verdicts import SENTENCES
from privacy_portal import subjects
from privacy_portal.vocabulary import LegalBasis
from tests.consent.conftest import SHOP


@pytest.fixture
def ask(acme, ann, newsletter, noon):
    def act(purpose="newsletter", subject_id=ann.pk, law="GDPR", now=noon):
        return decide(controller_id=acme.pk, subject_id=subject_id, purpose=purpose, law=law, now=now)

    return act


def test_never_asked_is_no(ask):
    verdict = ask()

    assert (verdict.allowed, verdict.reason, verdict.legal_basis) == (False, "no_consent", "consent")


def test_a_yes_is_yes_and_names_the_decision_it_rests_on(ask, give, noon):
    decision = give(valid_until=noon + timedelta(days=5))

    verdict = ask()

    assert (verdict.allowed, verdict.reason) == (True, "consent_given")
    assert verdict.record_ids == (f"decision:{decision.pk}",)
    assert verdict.valid_until == noon + timedelta(days=5)


def test_a_consent_is_over_on_its_last_day_even_if_the_nightly_job_has_not_run(ask, give, noon):
    give(valid_until=noon + timedelta(days=5))

    assert ask(now=noon + timedelta(days=5)).reason == "consent_expired"
    assert not ask(now=noon + timedelta(days=5)).allowed


def test_a_refusal_a_withdrawal_and_an_open_question_are_no(
    ask, give, refuse, withdraw, acme, ann, purpose, noon
):
    for code in ("asked", "refused"):
        purpose(code)
    decisions.await_confirmation(controller_id=acme.pk, subject_id=ann.pk, purpose="asked", by=SHOP, now=noon)
    refuse("refused")
    give()
    withdraw(now=noon + timedelta(seconds=1))

    assert ask("asked").reason == "consent_pending"
    assert ask("refused").reason == "consent_refused"
    assert ask().reason == "consent_withdrawn"
    assert not any(ask(code).allowed for code in ("asked", "refused", "newsletter"))


@pytest.mark.parametrize("basis", [basis for basis in LegalBasis if basis != LegalBasis.CONSENT])
def test_another_ground_is_yes_with_its_article(ask, purpose, basis):
    made = purpose("delivery", basis=basis)

    verdict = ask("delivery")

    assert (verdict.allowed, verdict.reason) == (True, f"basis_{basis}")
    assert verdict.record_ids == (f"purpose:{made.pk}",)
    assert "Art. 6(1)" in verdict.sentence


def test_a_failed_consent_never_falls_through_to_a_ground_registered_later(
    ask, give, withdraw, newsletter, noon
):
    give()
    withdraw(now=noon + timedelta(seconds=1))
    newsletter.legal_basis = LegalBasis.LEGITIMATE_INTERESTS
    newsletter.save(update_fields=["legal_basis"])

    assert (ask().allowed, ask().reason) == (False, "consent_withdrawn")


def test_a_consent_to_one_law_says_nothing_under_another(ask, give):
    give(law="CCPA")

    assert ask(law="CCPA").allowed
    assert not ask(law="GDPR").allowed


def test_a_purpose_that_ended_is_no(ask, give, newsletter):
    give()
    newsletter.is_live = False
    newsletter.save(update_fields=["is_live"])

    assert ask().reason == "purpose_not_live"


def test_a_purpose_nobody_works_for_is_no(ask, give, newsletter, noon):
    give()
    newsletter.activities.update(removed_at=noon)

    assert ask().reason == "purpose_not_live"


def test_a_purpose_whose_only_system_is_retired_is_no(ask, give, newsletter, noon):
    give()
    system = newsletter.activities.get().system
    system.retired_at = noon
    system.save(update_fields=["retired_at"])

    assert ask().reason == "purpose_not_live"


def test_an_erased_person_is_no_on_every_ground(ask, give, purpose, ann, noon):
    purpose("delivery", basis="contract")
    give()
    subjects.forget(subject_id=ann.pk, now=noon)

    assert ask().reason == ask("delivery").reason == "subject_forgotten"


def test_a_merged_id_speaks_for_the_person_and_its_own_withdrawal_stays(
    ask, give, withdraw, acme, ann, purpose, noon
):
    purpose("profiling")
    device = subjects.remember(controller_id=acme.pk, identifiers={"device_id": "d-1"}, now=noon)
    withdraw("profiling", subject_id=device.pk)
    give("profiling")
    give()
    subjects.merge(from_id=device.pk, into_id=ann.pk, now=noon)

    assert ask(subject_id=device.pk).allowed
    assert ask("profiling", subject_id=device.pk).reason == "consent_withdrawn"


def test_who_or_what_is_unknown_is_an_error_not_an_answer(ask, controller, purpose, noon):
    other = controller("other")
    purpose("profiling", of=other)
    stranger = subjects.remember(controller_id=other.pk, identifiers={"email": "b@x.org"}, now=noon)

    for bad in (uuid4(), stranger.pk):
        with pytest.raises(UnknownSubject):
            ask(subject_id=bad)
    for code in ("astrology", "profiling"):
        with pytest.raises(UnknownPurpose):
            ask(code)


def test_a_single_decision_is_one_query(ask, give, django_assert_num_queries):
    give()
    ask()  # on PostgreSQL the first one on a connection also prepares the statement

    with django_assert_num_queries(1):
        ask()


def test_a_hundred_decisions_are_three_queries_and_agree_with_the_single_ones(
    ask, give, withdraw, acme, ann, purpose, noon, django_assert_num_queries
):
    purpose("profiling")
    purpose("delivery", basis="contract")
    give()
    give("profiling", valid_until=noon + timedelta(days=1))
    withdraw("profiling", now=noon + timedelta(seconds=1))
    codes = ["newsletter", "profiling", "delivery"]
    questions = [Question(ann.pk, codes[number % 3], "GDPR") for number in range(100)]

    with django_assert_num_queries(3):
        verdicts = decide_many(controller_id=acme.pk, questions=questions, now=noon)

    assert verdicts == [ask(question.purpose) for question in questions]


def test_in_a_batch_what_is_unknown_is_no(acme, ann, newsletter, noon):
    questions = [
        Question(None, "newsletter", "GDPR"),
        Question(uuid4(), "newsletter", "GDPR"),
        Question(ann.pk, "astrology", "GDPR"),
    ]

    verdicts = decide_many(controller_id=acme.pk, questions=questions, now=noon)

    assert [verdict.reason for verdict in verdicts] == [
        "unknown_subject",
        "unknown_subject",
        "unknown_purpose",
    ]
    assert not any(verdict.allowed for verdict in verdicts)


def test_a_batch_follows_merges_as_a_single_question_does(ask, give, acme, ann, newsletter, noon):
    device = subjects.remember(controller_id=acme.pk, identifiers={"device_id": "d-1"}, now=noon)
    give()
    subjects.merge(from_id=device.pk, into_id=ann.pk, now=noon)

    verdict = decide_many(
        controller_id=acme.pk, questions=[Question(device.pk, "newsletter", "GDPR")], now=noon
    )[0]

    assert verdict == ask(subject_id=device.pk)


def test_every_reason_has_a_sentence_that_begins_with_the_answer():
    assert all(sentence.startswith(("Allowed: ", "Not allowed: ")) for sentence in SENTENCES.values())
