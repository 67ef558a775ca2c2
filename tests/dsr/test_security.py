"""Every page and every deed, tried by who may not: another controller, a lower role, nobody."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from privacy_portal.ledger.models import Event

pytestmark = pytest.mark.django_db
PAGES = ["request_detail", "request_live"]
DEEDS = ["accept", "approve", "return_plan", "refuse", "extend", "take", "reveal"]


@pytest.fixture
def request_(planned):
    return planned()


@pytest.mark.parametrize("name", [*PAGES, *DEEDS])
def test_without_a_log_in_everything_leads_to_the_door(client, request_, name):
    url = reverse(f"dsr:{name}", args=[request_.pk])

    answer = client.get(url) if name in PAGES else client.post(url)

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", [*PAGES, *DEEDS])
def test_staff_of_another_controller_find_nothing(client, request_, staff, controller, name):
    client.force_login(staff("dpo", of=controller(code="other")))
    url = reverse(f"dsr:{name}", args=[request_.pk])

    answer = client.get(url) if name in PAGES else client.post(url, {"reason": "contact_person"})

    assert answer.status_code == 404


@pytest.mark.parametrize("name", DEEDS)
@pytest.mark.parametrize("role", ["auditor", "system_owner", "administrator"])
def test_roles_that_only_look_cannot_act(client, request_, staff, role, name):
    client.force_login(staff(role))

    assert client.post(reverse(f"dsr:{name}", args=[request_.pk])).status_code == 403


def test_a_role_at_one_controller_is_no_role_at_another(client, request_, staff, controller):
    user = staff("auditor")
    user.memberships.create(controller=controller(code="other"), role="dpo")
    client.force_login(user)

    assert client.post(reverse("dsr:take", args=[request_.pk])).status_code == 404


def test_the_list_shows_ones_own_controllers_only(client, request_, staff, controller):
    url = reverse("dsr:request_list")
    client.force_login(staff("dpo", of=controller(code="other")))
    assert request_.reference not in client.get(url).content.decode()

    client.force_login(staff("auditor"))
    assert request_.reference in client.get(url).content.decode()


def test_who_it_is_stays_masked_until_somebody_says_why(client, request_, staff):
    client.force_login(staff("dpo"))
    page = client.get(reverse("dsr:request_detail", args=[request_.pk])).content.decode()
    assert "ann@example.org" not in page

    shown = client.post(reverse("dsr:reveal", args=[request_.pk]), {"reason": "contact_person"})

    assert "ann@example.org" in shown.content.decode()
    assert Event.objects.get(type="data_accessed").payload["place"] == "contact_person"


def test_without_a_reason_nothing_is_shown(client, request_, staff):
    client.force_login(staff("dpo"))

    client.post(reverse("dsr:reveal", args=[request_.pk]))

    assert not Event.objects.filter(type="data_accessed").exists()


def test_a_request_that_does_not_exist_is_404(client, staff):
    client.force_login(staff("dpo"))

    assert client.get(reverse("dsr:request_detail", args=[uuid4()])).status_code == 404


def test_the_list_asks_the_database_as_often_for_many_as_for_few(
    client, planned, staff, django_assert_max_num_queries
):
    for number in range(6):
        planned(email=f"p{number}@example.org")
    client.force_login(staff("dpo"))

    with django_assert_max_num_queries(12):
        client.get(reverse("dsr:request_list"))
