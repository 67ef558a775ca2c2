"""Give, refuse, withdraw, let expire: what is written, what is refused, and how many queries it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from consent.actions import decisions, notices
from consent.actions.proof import Proof
from consent.errors import NotByConsent, OlderThanOnRecord, PurposeNotLive, UnknownPurpose, UnknownSubject
from consent.models import CurrentDecision, Decision, Evidence, Notice, NoticeVersion
from consent.states import MOVES, UNASKED, Choice, Method
from privacy_portal import subjects
from privacy_portal.errors import IllegalMove, Invalid
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor
from tests.consent.conftest import SHOP, WORDS

BROWSER = Proof(
    method=Method.PREFERENCE_PAGE,
    notice_version=1,
    language="en",
    user_agent="Firefox",
    address="203.0.113.77",
)


def standing() -> CurrentDecision:
    return CurrentDecision.objects.get()


# -- the story ------------------------------------------------------------------------------------------------------
def test_a_yes_is_a_decision_an_event_and_where_the_person_stands(give, ann, notice, events):
    decision = give(proof=BROWSER)

    assert decision.choice == Choice.GIVEN
    assert decision.notice_version == notice
    assert standing().decision == decision
    event = Event.objects.get(type="consent_given")
    assert event.payload["decision_id"] == str(decision.pk)
    assert (event.payload["purpose"], event.payload["law"]) == ("newsletter", "GDPR")
    assert event.subject_id == ann.pk


def test_a_withdrawal_keeps_the_yes_and_says_by_when_systems_must_have_stopped(give, withdraw, noon, events):
    give()

    withdraw(now=noon + timedelta(days=1))

    assert [row.choice for row in Decision.objects.order_by("recorded_at")] == ["given", "withdrawn"]
    assert standing().choice == Choice.WITHDRAWN
    assert events() == ["consent_given", "consent_withdrawn"]
    payload = Event.objects.get(type="consent_withdrawn").payload
    assert payload["acknowledge_by"] == "2026-11-25T12:00:00.000000Z"  # 72 hours after


def test_withdrawing_again_is_allowed_says_so_and_keeps_the_first_time(give, withdraw, noon, events):
    give()
    first = withdraw(now=noon + timedelta(hours=1))

    again = withdraw(now=noon + timedelta(hours=2))

    assert again == first
    assert again.is_repeat(noon + timedelta(hours=2))
    assert not first.is_repeat(noon + timedelta(hours=1))
    assert standing().decided_at == noon + timedelta(hours=1)
    assert events().count("consent_withdrawn") == 1


def test_a_withdrawal_is_heard_even_if_no_yes_is_on_record(withdraw):
    assert withdraw().choice == Choice.WITHDRAWN


def test_after_a_withdrawal_the_person_may_say_yes_again(give, withdraw, noon):
    give()
    withdraw(now=noon + timedelta(hours=1))

    give(now=noon + timedelta(hours=2))

    assert standing().choice == Choice.GIVEN


def test_a_no_does_not_overwrite_a_yes_it_must_be_withdrawn(give, refuse, noon):
    give()

    with pytest.raises(IllegalMove):
        refuse(now=noon + timedelta(hours=1))

    assert standing().choice == Choice.GIVEN


def test_purposes_do_not_touch_each_other(give, withdraw, purpose, noon):
    purpose("profiling")
    give()
    give("profiling")

    withdraw("profiling", now=noon + timedelta(hours=1))

    assert CurrentDecision.objects.get(purpose__code="newsletter").choice == Choice.GIVEN


def test_laws_do_not_touch_each_other(give, withdraw, noon):
    give()
    give(law="CCPA")

    withdraw(law="CCPA", now=noon + timedelta(hours=1))

    assert CurrentDecision.objects.get(law="GDPR").choice == Choice.GIVEN
    assert CurrentDecision.objects.get(law="CCPA").choice == Choice.WITHDRAWN


def test_the_same_decision_told_twice_is_written_once(give, noon, events):
    first = give(decided_at=noon - timedelta(days=1))

    again = give(decided_at=noon - timedelta(days=1), now=noon + timedelta(minutes=1))

    assert again == first
    assert events() == ["consent_given"]


def test_a_merged_id_writes_to_the_person_it_was_merged_into(give, acme, ann, noon):
    device = subjects.remember(controller_id=acme.pk, identifiers={"device_id": "d-1"}, now=noon)
    subjects.merge(from_id=device.pk, into_id=ann.pk, now=noon)

    assert give(subject_id=device.pk).subject_id == ann.pk


def test_a_double_opt_in_waits_and_then_counts(acme, ann, newsletter, give, noon, events):
    decisions.await_confirmation(
        controller_id=acme.pk, subject_id=ann.pk, purpose="newsletter", by=SHOP, now=noon
    )
    assert standing().choice == Choice.PENDING

    give(now=noon + timedelta(minutes=5))

    assert events() == ["consent_pending", "consent_given"]


# -- evidence -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::/48"),
        ("not an address", ""),
        ("", ""),
    ],
)
def test_the_network_address_is_kept_without_its_last_part(address, kept):
    assert Proof(address=address).network() == kept


def test_evidence_has_a_last_day_of_its_own_and_the_decision_outlives_it(give, notice, noon):
    decision = give(proof=BROWSER)
    evidence = Evidence.objects.get(decision=decision)

    assert evidence.keep_until == noon + timedelta(days=180)
    assert decisions.drop_old_evidence(now=noon + timedelta(days=179)) == 0
    assert decisions.drop_old_evidence(now=noon + timedelta(days=181)) == 1
    assert Decision.objects.filter(pk=decision.pk).exists()


def test_without_browser_and_address_there_is_no_evidence_row(give):
    give()

    assert not Evidence.objects.exists()


# -- bad input ------------------------------------------------------------------------------------------------------
def test_an_unknown_person_is_refused(give, db):
    with pytest.raises(UnknownSubject):
        give(subject_id=uuid4())


def test_another_controllers_person_is_unknown(give, controller, noon):
    stranger = subjects.remember(
        controller_id=controller("other").pk, identifiers={"email": "b@x.org"}, now=noon
    )

    with pytest.raises(UnknownSubject):
        give(subject_id=stranger.pk)


def test_a_forgotten_person_is_unknown(give, ann, noon):
    subjects.forget(subject_id=ann.pk, now=noon)

    with pytest.raises(UnknownSubject):
        give()


def test_an_unknown_purpose_is_refused(give):
    with pytest.raises(UnknownPurpose):
        give("astrology")


def test_another_controllers_purpose_is_unknown(give, purpose, controller):
    purpose("profiling", of=controller("other"))

    with pytest.raises(UnknownPurpose):
        give("profiling")


def test_a_purpose_on_another_ground_cannot_be_consented_to(give, purpose):
    purpose("delivery", basis="contract")

    with pytest.raises(NotByConsent):
        give("delivery")


def test_where_there_never_was_a_consent_there_is_nothing_to_withdraw(withdraw, purpose):
    purpose("delivery", basis="contract")

    with pytest.raises(NotByConsent):
        withdraw("delivery")


def test_a_purpose_moved_off_consent_can_still_be_withdrawn_from(give, withdraw, newsletter, noon):
    give()
    newsletter.legal_basis = "legitimate_interests"
    newsletter.save(update_fields=["legal_basis"])

    assert withdraw(now=noon + timedelta(hours=1)).choice == Choice.WITHDRAWN


def test_nobody_is_asked_for_a_purpose_that_ended_but_a_withdrawal_is_heard(give, withdraw, newsletter, noon):
    give()
    newsletter.is_live = False
    newsletter.save(update_fields=["is_live"])

    with pytest.raises(PurposeNotLive):
        give(now=noon + timedelta(hours=1))
    assert withdraw(now=noon + timedelta(hours=1)).choice == Choice.WITHDRAWN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decided_at", datetime(2026, 11, 21, 11, 0)),
        ("decided_at", datetime(2026, 11, 21, 12, 2, tzinfo=UTC)),
        ("valid_until", datetime(2026, 11, 21, 11, 0, tzinfo=UTC)),
        ("valid_until", datetime(2027, 11, 21, 11, 0)),
        ("proof", Proof(notice_version=7)),
    ],
    ids=["naive moment", "future moment", "over before it began", "naive end", "notice never published"],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(give, field, value):
    with pytest.raises(Invalid) as refused:
        give(**{field: value})

    assert refused.value.field == ("notice_version" if field == "proof" else field)
    assert not Decision.objects.exists()


def test_a_late_message_does_not_undo_a_later_decision(give, withdraw, noon):
    give(now=noon - timedelta(days=2))
    withdraw(now=noon - timedelta(days=1))

    with pytest.raises(OlderThanOnRecord):
        give(decided_at=noon - timedelta(days=3))

    assert standing().choice == Choice.WITHDRAWN


def test_a_withdrawal_said_now_is_heard_though_another_machines_clock_is_ahead(give, withdraw, noon):
    give(now=noon + timedelta(seconds=2))

    withdraw(now=noon)

    assert standing().choice == Choice.WITHDRAWN


# -- expiry ---------------------------------------------------------------------------------------------------------
def test_a_consent_ends_on_its_day_and_a_second_run_finds_nothing(give, noon, events):
    give(valid_until=noon + timedelta(days=10))

    assert decisions.expire_consents(now=noon + timedelta(days=9)) == 0
    assert decisions.expire_consents(now=noon + timedelta(days=10)) == 1
    assert decisions.expire_consents(now=noon + timedelta(days=10)) == 0

    assert standing().choice == Choice.EXPIRED
    assert events() == ["consent_given", "consent_expired"]


def test_a_missed_night_is_made_up_for_with_the_true_day(give, noon):
    give(valid_until=noon + timedelta(days=10))

    decisions.expire_consents(now=noon + timedelta(days=15))

    expired = Decision.objects.get(choice="expired")
    assert expired.decided_at == noon + timedelta(days=10)
    assert expired.recorded_at == noon + timedelta(days=15)
    assert Event.objects.get(type="consent_expired").payload["expired_on"] == "2026-12-01"


def test_a_renewed_consent_does_not_expire_on_the_old_day(give, noon):
    give(valid_until=noon + timedelta(days=10))
    give(valid_until=noon + timedelta(days=30), now=noon + timedelta(days=5))

    assert decisions.expire_consents(now=noon + timedelta(days=11)) == 0


def test_what_another_worker_ended_meanwhile_is_left_alone(give, withdraw, noon):
    give(valid_until=noon + timedelta(days=10))
    current = standing().pk
    withdraw(now=noon + timedelta(days=1))

    assert decisions.expire_consent(current_id=current, now=noon + timedelta(days=11)) is None
    assert decisions.expire_consent(current_id=current + 1, now=noon + timedelta(days=11)) is None


def test_how_long_a_yes_holds_comes_from_the_notice_by_the_calendar(give, acme, newsletter, noon):
    notices.publish_version(
        controller_id=acme.pk,
        purpose="newsletter",
        texts=WORDS,
        valid_months=6,
        valid_source="board decision 2026-03",
        by=Actor.staff(1),
        now=noon,
    )

    assert give().valid_until == datetime(2027, 5, 21, 12, tzinfo=UTC)


# -- promises of the database ---------------------------------------------------------------------------------------
def test_a_decision_cannot_be_changed_or_deleted(give):
    give()

    for change in (
        lambda: Decision.objects.update(choice="refused"),
        lambda: Decision.objects.all()._raw_delete(Decision.objects.db),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert Decision.objects.get().choice == Choice.GIVEN


def test_a_published_notice_cannot_be_changed(notice):
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeVersion.objects.update(texts={"en": {"title": "Other", "body": "Other"}})


def test_a_validity_without_its_source_is_refused(notice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(valid_months=13, valid_source="")


def test_every_choice_has_its_moves():
    assert set(MOVES) == {UNASKED, *Choice.values}


# -- figures --------------------------------------------------------------------------------------------------------
def queries_of(act) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    noise = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(noise) for query in captured.captured_queries)


def test_a_write_takes_at_most_eight_queries_with_evidence_and_event(give, withdraw, notice, noon):
    assert queries_of(lambda: give(proof=BROWSER)) <= 8
    assert queries_of(lambda: withdraw(proof=BROWSER, now=noon + timedelta(hours=1))) <= 8


def test_a_repeat_reads_and_writes_nothing(give, withdraw, noon):
    give()
    withdraw(now=noon + timedelta(hours=1))

    assert queries_of(lambda: withdraw(now=noon + timedelta(hours=2))) == 3
