"""What staff see of consents: numbers that lead to rows, who has stopped, and nobody's name unasked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.actions import decisions
from consent.models import CurrentDecision, Decision, NoticeVersion
from consent.queries import boards, tiles
from governance.models import ProcessingActivity
from privacy_portal.fanout import people
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.reach import of_staff
from privacy_portal.vocabulary import Actor


@pytest.fixture
def staff(acme, client):
    """`staff("dpo")` signs in somebody with that role at acme; `staff("dpo", of=other)` at another controller."""

    def sign_in(role: str, of=None) -> User:
        user = User.objects.create_user(
            f"{role}-{User.objects.count()}@example.org", "a-long-password", name=role
        )
        Membership.objects.create(user=user, controller=of or acme, role=role)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return user

    return sign_in


@pytest.fixture
def withdrawn(give, withdraw, noon):
    give()
    return withdraw(now=noon + timedelta(hours=1))


@pytest.fixture
def told(withdrawn, drain, noon):
    """The withdrawal has been handed on; the system has answered."""
    drain(now=noon + timedelta(hours=1))
    return withdrawn


@pytest.fixture
def idle(give, withdraw, drain, noon):
    """`idle(carries_out=[])` withdraws at a system that knows how to do no more than that, and asks for some hours."""

    def act(carries_out: list[str], hours: tuple[int, ...] = (0, 1, 2, 3)) -> Decision:
        ProcessingActivity.objects.update(
            actions={"consent_withdrawn": ["stop_processing", "delete_profile"]}
        )
        Connection.objects.update(options={"store": f"idle-{uuid4()}", "carries_out": carries_out})
        give()
        withdrawn = withdraw(now=noon + timedelta(minutes=1))
        for hour in hours:
            drain(now=noon + timedelta(hours=hour, minutes=1))
        return withdrawn

    return act


def addresses(decision: Decision) -> dict[str, str]:
    return {
        "list": reverse("consent:consent_list"),
        "withdrawals": reverse("consent:withdrawal_list"),
        "withdrawal": reverse("consent:withdrawal_detail", args=[decision.pk]),
        "person": reverse("consent:person_detail", args=[decision.subject_id]),
        "notices": reverse("consent:notice_list"),
        "notice": reverse("consent:notice_detail", args=[decision.purpose_id]),
    }


def deeds(decision: Decision) -> dict[str, str]:
    return {
        "reveal": reverse("consent:reveal", args=[decision.subject_id]),
        "withdraw": reverse("consent:withdraw", args=[decision.subject_id]),
        "publish": reverse("consent:notice_detail", args=[decision.purpose_id]),
    }


# -- the walk: a withdrawal reaches the systems and comes back ------------------------------------------------------
def test_a_withdrawal_reaches_every_system_of_the_purpose_and_the_board_shows_its_answer(told, noon):
    task = SystemTask.objects.get(cause_id=told.pk)
    assert (task.verb, task.instructions["purpose"]) == ("notify", "newsletter")
    assert task.due_at == noon + timedelta(hours=73)

    board = boards([told], now=noon + timedelta(hours=2))[0]

    assert [(one.system, one.state) for one in board.told] == [("NEWSLETTER-SYSTEM", "stopped")]
    assert board.words == "All have stopped"


def test_a_system_that_does_not_answer_in_time_is_late_in_words(told, noon):
    SystemTask.objects.filter(cause_id=told.pk).update(status="waiting", finished_at=None)

    before = boards([told], now=noon + timedelta(hours=72))[0]
    after = boards([told], now=noon + timedelta(hours=74))[0]

    assert (before.state, before.words) == ("asked", "0 of 1 have stopped")
    assert (after.state, after.words) == ("late", "1 late")
    assert after.told[0].words == "Late: has not confirmed"


def test_a_system_that_answers_without_acting_is_not_shown_as_stopped(idle, client, staff, noon):
    """It says "done" and names none of the actions."""
    withdrawn = idle(carries_out=[])
    staff("dpo")

    board = boards([withdrawn], now=noon + timedelta(hours=5))[0]
    page = client.get(reverse("consent:withdrawal_detail", args=[withdrawn.pk])).content.decode()

    assert (board.words, board.told[0].state) == ("0 of 1 have stopped", "person")
    assert [(deed.action, deed.state) for deed in board.told[0].deeds] == [
        ("stop_processing", "open"),
        ("delete_profile", "open"),
    ]
    assert "Has stopped" not in page
    assert "Stop processing: <strong>not done</strong>" in page


def test_half_of_the_actions_is_shown_action_by_action_and_by_hand_as_what_it_is(idle, client, staff, noon):
    withdrawn = idle(carries_out=["stop_processing"])
    officer = staff("dpo")
    page = reverse("consent:withdrawal_detail", args=[withdrawn.pk])

    half = client.get(page).content.decode()
    task = SystemTask.objects.get(cause_id=withdrawn.pk)
    people.complete_by_hand(
        task_id=task.pk, reason="The vendor deleted it", by=Actor.staff(officer.pk), now=noon
    )
    whole = client.get(page).content.decode()

    assert "Stop processing: <strong>done</strong>" in half
    assert "Delete profile: <strong>not done</strong>" in half
    assert "Has stopped" not in half
    assert "Delete profile: <strong>done, says a person</strong>" in whole
    assert "All have stopped" in whole


def test_between_two_questions_the_board_says_that_the_system_has_not_done_all(idle, noon):
    withdrawn = idle(carries_out=["stop_processing"], hours=(0,))

    told = boards([withdrawn], now=noon + timedelta(hours=1))[0].told[0]

    assert (told.state, told.words) == ("partly", "Answered, but has not done all of it")


def test_a_consent_that_ends_by_itself_reaches_the_systems_too(give, drain, noon):
    give(valid_until=noon + timedelta(days=1))
    decisions.expire_consents(now=noon + timedelta(days=2))

    drain(now=noon + timedelta(days=2))

    assert SystemTask.objects.get(cause_id=Decision.objects.get(choice="expired").pk).status == "completed"


def test_a_board_of_many_withdrawals_is_one_query(told, django_assert_num_queries, noon):
    with django_assert_num_queries(1):
        boards([told] * 20, now=noon)


# -- pages ----------------------------------------------------------------------------------------------------------
def test_every_page_opens_for_the_officer_and_names_nobody(client, staff, told):
    staff("dpo")

    for name, url in addresses(told).items():
        answer = client.get(url)
        assert answer.status_code == 200, name
        assert "ann@example.org" not in answer.content.decode(), name


def test_numbers_lead_to_the_rows_they_count(client, staff, told, newsletter):
    staff("auditor")

    page = client.get(reverse("consent:consent_list")).content.decode()
    assert f"?purpose={newsletter.pk}&amp;choice=withdrawn" in page

    url = reverse("consent:consent_list")
    assert (
        len(client.get(url, {"purpose": newsletter.pk, "choice": "withdrawn"}).context["page"].object_list)
        == 1
    )
    assert (
        len(client.get(url, {"purpose": newsletter.pk, "choice": "given"}).context["page"].object_list) == 0
    )
    assert client.get(url, {"purpose": "nonsense"}).status_code == 200


def test_the_tile_counts_the_late_and_its_link_shows_them(client, staff, told):
    user = staff("dpo")
    SystemTask.objects.filter(cause_id=told.pk).update(
        status="waiting", finished_at=None, due_at=timezone.now() - timedelta(hours=1)
    )

    tile = tiles(of_staff(user), timezone.now())[0]

    assert tile.value == 1
    assert tile.url.startswith(reverse("consent:withdrawal_list"))
    assert len(client.get(tile.url).context["rows"]) == 1


def test_systems_told_of_a_new_yes_are_not_late_withdrawals(client, staff, give, purpose, drain, noon):
    user = staff("dpo")
    made = purpose("profiling")
    made.activities.update(actions={"consent_given": ["start_processing"]})
    give("profiling")
    drain(now=noon)
    SystemTask.objects.update(status="waiting", finished_at=None, due_at=timezone.now() - timedelta(hours=1))

    assert tiles(of_staff(user), timezone.now())[0].value == 0


def test_looking_at_who_it_is_needs_a_reason_and_is_in_the_ledger(client, staff, told, ann):
    user = staff("dpo")
    reveal = deeds(told)["reveal"]

    assert client.post(reveal, {"reason": ""}).status_code == 302
    assert not Event.objects.filter(type="data_accessed").exists()

    shown = client.post(reveal, {"reason": "complaint"})
    assert "ann@example.org" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    event = Event.objects.get(type="data_accessed")
    assert (event.actor, event.subject_id, event.payload["place"]) == (
        f"staff:{user.pk}",
        ann.pk,
        "complaint",
    )


def test_a_withdrawal_by_phone_weighs_as_much_as_one_on_the_page(client, staff, give, ann):
    staff("case_worker")
    decision = give()

    client.post(deeds(decision)["withdraw"], {"purpose": "newsletter", "method": "phone"})

    assert CurrentDecision.objects.get().choice == "withdrawn"
    assert Decision.objects.get(choice="withdrawn").method == "phone"


def test_publishing_a_notice_freezes_the_next_version(client, staff, told):
    staff("dpo")
    words = {"title-en": "News", "body-en": "Once a month."}

    assert client.post(deeds(told)["publish"], words).status_code == 302
    assert client.post(deeds(told)["publish"], words).status_code == 422
    assert client.post(deeds(told)["publish"], {**words, "valid_months": 6}).status_code == 422

    assert NoticeVersion.objects.get().number == 1
    assert "shown now" in client.get(deeds(told)["publish"]).content.decode()


# -- who may --------------------------------------------------------------------------------------------------------
def test_nobody_gets_in_without_signing_in(client, told):
    for url in {**addresses(told), **deeds(told)}.values():
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code in (302, 405)
            assert answer.status_code == 405 or "login" in answer["Location"]


@pytest.mark.parametrize("role", ["system_owner", "administrator"])
def test_a_role_without_consents_sees_none(client, staff, told, role):
    staff(role)

    assert {client.get(url).status_code for url in addresses(told).values()} == {403}
    assert {client.post(url).status_code for url in deeds(told).values()} == {403}


def test_another_controllers_officer_finds_nothing_here(client, staff, told, controller):
    staff("dpo", of=controller("globex"))

    for name, url in addresses(told).items():
        answer = client.get(url)
        if name in ("withdrawal", "person", "notice"):
            assert answer.status_code == 404, name
        else:
            assert "newsletter" not in answer.content.decode(), name
    for name, url in deeds(told).items():
        assert (
            client.post(url, {"reason": "proof", "purpose": "newsletter", "method": "phone"}).status_code
            == 404
        ), name
    assert not Event.objects.filter(type="data_accessed").exists()


def test_an_auditor_sees_and_changes_nothing(client, staff, told, give, noon):
    staff("auditor")
    give(now=noon + timedelta(hours=2))

    assert {client.get(url).status_code for url in addresses(told).values()} == {200}
    sent = {"reason": "proof", "purpose": "newsletter", "method": "phone", "title-en": "a", "body-en": "b"}
    assert {client.post(url, sent).status_code for url in deeds(told).values()} == {403}
    assert CurrentDecision.objects.get().choice == "given"


def test_membership_at_two_controllers_does_not_carry_a_role_over(client, staff, told, acme, controller):
    """Auditor here, officer there: the officer's right to see people stays there."""
    user = staff("dpo", of=controller("globex"))
    Membership.objects.create(user=user, controller=acme, role="auditor")

    assert client.post(deeds(told)["reveal"], {"reason": "proof"}).status_code in (403, 404)
    assert not Event.objects.filter(type="data_accessed").exists()
