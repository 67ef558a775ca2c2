from __future__ import annotations

import pytest
from django.urls import reverse

from governance.actions import breaches
from governance.actions.breaches import Report
from governance.models import DataElement, Purpose, RetentionRule, System
from governance.states import Channel
from privacy_portal.staff.models import User
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor


@pytest.fixture
def dpo(company, staff):
    return staff(company, Role.DPO, is_staff=True)


def change(row) -> str:
    return reverse(f"admin:governance_{row._meta.model_name}_change", args=[row.pk])


def test_only_rows_of_ones_own_controllers_are_listed(company, borealis, staff):
    stranger = staff(borealis, Role.DPO, is_staff=True)

    page = stranger.get(reverse("admin:governance_system_changelist")).content.decode()

    assert "Kundenkartei" in page and "Customer accounts" not in page
    assert stranger.get(change(System.objects.get(code="user_service"))).status_code == 302


def test_staff_without_the_admin_flag_do_not_come_in(company, staff):
    worker = staff(company, Role.DPO)

    assert worker.get(reverse("admin:governance_system_changelist")).status_code == 302


def test_an_edit_is_kept_in_history_with_who_did_it_and_reaches_the_connection(company, dpo):
    rule = RetentionRule.objects.get(dataset__name="accounts")
    given = {"start": rule.start, "period": "P2Y", "action": "delete", "source": rule.source}

    assert dpo.post(change(rule), given).status_code == 302

    newest = RetentionRule.history.filter(id=rule.pk).order_by("-history_id").first()
    assert (newest.period, newest.history_user) == ("P2Y", User.objects.get())
    (accounts,) = [d for d in rule.dataset.system.connection.options["datasets"] if d["name"] == "accounts"]
    assert accounts["retention"]["period"] == "P2Y"


def test_a_field_edited_in_its_dataset_reaches_the_connection(company, dpo):
    element = DataElement.objects.get(dataset__name="phones", name="number")
    dataset = element.dataset
    given = {
        "options": "{}",
        "elements-TOTAL_FORMS": 1,
        "elements-INITIAL_FORMS": 1,
        "elements-0-id": element.pk,
        "elements-0-dataset": dataset.pk,
        "elements-0-category": "contact",
        "elements-0-level": "secret",
        "elements-0-erase": "mask",
    }
    answer = dpo.post(change(dataset), {**given, "options": '{"table": "phones", "key": "id"}'})

    assert answer.status_code == 302, answer.context["errors"]
    connection = System.objects.get(code="user_service").connection
    (phones,) = [d for d in connection.options["datasets"] if d["name"] == "phones"]
    assert phones["fields"][0]["erase"] == "mask"


def test_a_circle_cannot_be_edited_in(company, dpo):
    marketing, user = System.objects.get(code="marketing_service"), System.objects.get(code="user_service")
    given = {"name": marketing.name, "country": "IE", "owner_name": "", "owner_team": "x", "after": [user.pk]}

    answer = dpo.post(change(marketing), given)

    assert answer.status_code == 200 and "would wait for each other" in answer.content.decode()
    assert not marketing.after.exists()


def test_systems_of_another_controller_cannot_be_chosen(company, borealis, dpo):
    marketing, card_index = (
        System.objects.get(code="marketing_service"),
        System.objects.get(code="card_index"),
    )
    given = {"name": marketing.name, "country": "IE", "owner_team": "x", "after": [card_index.pk]}

    assert dpo.post(change(marketing), given).status_code == 200
    assert not marketing.after.exists()


def test_an_auditor_may_look_but_not_change(company, staff):
    auditor = staff(company, Role.AUDITOR, is_staff=True)
    purpose = Purpose.objects.get(code="fraud")

    assert auditor.get(change(purpose)).status_code == 200
    assert auditor.post(change(purpose), {}).status_code == 403


def test_cases_are_only_looked_at(company, dpo, noon):
    report = Report(title="Laptop lost", description="x", channel=Channel.STAFF)
    breach = breaches.report_breach(controller_id=company.pk, report=report, by=Actor.staff(1), now=noon)

    assert dpo.get(change(breach)).status_code == 200
    assert dpo.post(change(breach), {"title": "x"}).status_code == 403
    assert dpo.get(reverse("admin:governance_breach_add")).status_code == 403
    assert dpo.get(reverse("admin:governance_breach_delete", args=[breach.pk])).status_code == 403


REGISTER = "system dataset retentionrule purpose processingactivity recipient flow"
CASES = "hold sweep disposal disposalentry breach"


@pytest.mark.parametrize("name", f"{REGISTER} {CASES}".split())
def test_every_list_opens(name, company, dpo):
    assert dpo.get(reverse(f"admin:governance_{name}_changelist")).status_code == 200
