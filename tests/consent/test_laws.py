"""People decide under the law that protects them: a Californian's page, call and withdrawal are about the CCPA."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.actions import choices
from consent.errors import OlderThanOnRecord, UnknownSubject
from consent.models import CurrentDecision, Decision
from consent.queries import decide
from consent.queries.links import sign
from privacy_portal.staff.models import Membership, User
from tests.consent.conftest import SHOP
from tests.consent.test_api import post, service, shop  # noqa: F401 - fixtures


@pytest.fixture
def url(ann):
    return reverse("consent:preference_form", args=[sign(ann.pk, now=timezone.now())])


@pytest.fixture
def californian(give):
    """Ann's newsletter, given under the CCPA."""
    return give(law="CCPA")


@pytest.fixture
def officer(acme, client):
    user = User.objects.create_user("dpo@example.org", "a-long-password", name="Dora")
    Membership.objects.create(user=user, controller=acme, role="dpo")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def standing() -> dict[tuple[str, str], str]:
    rows = CurrentDecision.objects.values_list("purpose__code", "law", "choice")
    return {(purpose, law): choice for purpose, law, choice in rows}


def allowed(acme, ann, law: str) -> bool:
    now = timezone.now()
    return decide(controller_id=acme.pk, subject_id=ann.pk, purpose="newsletter", law=law, now=now).allowed


# -- the person's page ----------------------------------------------------------------------------------------------
def test_a_californian_sees_what_they_gave_and_under_which_law(client, url, californian):
    page = client.get(url).content.decode()

    assert "You said yes" in page
    assert "(CCPA)" in page
    assert "You have not decided yet" not in page
    assert 'name="purpose-newsletter" value="yes" checked' in page


def test_a_californian_takes_back_what_they_gave_and_nothing_is_written_under_another_law(
    client, url, californian, acme, ann
):
    saved = client.post(url, {"purpose-newsletter": "no"}, follow=True)

    assert standing() == {("newsletter", "CCPA"): "withdrawn"}
    assert not allowed(acme, ann, "CCPA")
    assert "Stops: Newsletter" in saved.content.decode()


def test_saving_what_already_stands_writes_nothing_for_a_californian(client, url, californian):
    client.post(url, {"purpose-newsletter": "yes"})

    assert Decision.objects.count() == 1


def test_a_first_yes_to_another_purpose_is_written_under_the_law_the_person_decides_under(
    client, url, californian, purpose
):
    purpose("profiling")

    client.post(url, {"all": "yes"})

    assert standing() == {("newsletter", "CCPA"): "given", ("profiling", "CCPA"): "given"}


def test_who_never_decided_anything_decides_under_the_gdpr(client, url, newsletter):
    client.post(url, {"purpose-newsletter": "yes"})

    assert standing() == {("newsletter", "GDPR"): "given"}


def test_somebody_who_moved_sees_both_and_one_no_ends_both(client, url, give, acme, ann, noon, drain):
    give(law="CCPA")
    give(law="GDPR", now=noon + timedelta(days=1))

    before = client.get(url).content.decode()
    client.post(url, {"purpose-newsletter": "no"})

    assert "(CCPA)" in before
    assert "(GDPR)" in before
    assert standing() == {("newsletter", "CCPA"): "withdrawn", ("newsletter", "GDPR"): "withdrawn"}
    assert not allowed(acme, ann, "CCPA")
    assert not allowed(acme, ann, "GDPR")


def test_a_yes_under_one_law_weighs_more_on_the_page_than_a_no_under_another(client, url, give, refuse, noon):
    give(law="CCPA")
    refuse(law="GDPR", now=noon + timedelta(days=1))

    page = client.get(url).content.decode()

    assert 'name="purpose-newsletter" value="yes" checked' in page
    assert "You said no" in page


# -- staff ----------------------------------------------------------------------------------------------------------
def test_a_californian_who_calls_is_stopped_under_the_law_their_yes_stands_under(
    client, officer, californian, acme, ann
):
    answer = client.post(
        reverse("consent:withdraw", args=[ann.pk]), {"purpose": "newsletter", "method": "phone"}, follow=True
    )

    assert standing() == {("newsletter", "CCPA"): "withdrawn"}
    assert not allowed(acme, ann, "CCPA")
    assert "Recorded under CCPA" in answer.content.decode()


def test_one_call_ends_what_stands_under_every_law(client, officer, give, ann, noon):
    give(law="CCPA")
    give(law="GDPR", now=noon + timedelta(days=1))

    answer = client.post(
        reverse("consent:withdraw", args=[ann.pk]), {"purpose": "newsletter", "method": "phone"}, follow=True
    )

    assert set(standing().values()) == {"withdrawn"}
    assert "Recorded under GDPR, CCPA" in answer.content.decode()


# -- services -------------------------------------------------------------------------------------------------------
def test_a_service_that_names_no_law_withdraws_what_stands(post, californian, acme, ann):  # noqa: F811
    answer = post("consents/withdrawals", {"subject": str(ann.pk), "purpose": "newsletter"})

    assert (answer.status_code, answer.json()["law"]) == (201, "CCPA")
    assert standing() == {("newsletter", "CCPA"): "withdrawn"}
    assert not allowed(acme, ann, "CCPA")


def test_a_service_that_tells_it_twice_is_told_that_it_is_known(post, californian, ann):  # noqa: F811
    body = {"subject": str(ann.pk), "purpose": "newsletter"}
    first = post("consents/withdrawals", body).json()

    again = post("consents/withdrawals", body)

    assert (again.status_code, again.json()["id"], again.json()["repeated"]) == (200, first["id"], True)


def test_a_service_that_names_the_law_ends_that_one_alone(post, give, ann, noon):  # noqa: F811
    give(law="CCPA")
    give(law="GDPR", now=noon + timedelta(days=1))

    post("consents/withdrawals", {"subject": str(ann.pk), "purpose": "newsletter", "law": "CCPA"})

    assert standing() == {("newsletter", "CCPA"): "withdrawn", ("newsletter", "GDPR"): "given"}


# -- the action -----------------------------------------------------------------------------------------------------
def take_back(acme, subject_id, **more):
    return choices.withdraw_everywhere(
        controller_id=acme.pk, subject_id=subject_id, purpose="newsletter", by=SHOP, **more
    )


def test_a_withdrawal_told_late_does_not_end_a_yes_that_came_after_it(give, acme, ann, noon):
    give(law="CCPA")
    give(law="GDPR", now=noon + timedelta(hours=2))

    told = take_back(acme, ann.pk, decided_at=noon + timedelta(hours=1), now=noon + timedelta(hours=3))

    assert [decision.law for decision in told] == ["CCPA"]
    assert standing()[("newsletter", "GDPR")] == "given"


def test_a_withdrawal_older_than_everything_on_record_is_refused(give, acme, ann, noon):
    give(law="CCPA")

    with pytest.raises(OlderThanOnRecord):
        take_back(acme, ann.pk, decided_at=noon - timedelta(hours=1), now=noon + timedelta(hours=3))


def test_nobody_is_not_withdrawn_for(acme, newsletter, noon):
    with pytest.raises(UnknownSubject):
        take_back(acme, uuid4(), now=noon)
