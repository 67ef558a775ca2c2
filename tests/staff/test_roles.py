"""One table says who may do what; a membership says where."""

from __future__ import annotations

import pytest
from django.urls import reverse

from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.reach import of_staff
from privacy_portal.staff.roles import ROLES, Permission, Role

pytestmark = pytest.mark.django_db
WORK = {
    permission
    for permission in Permission
    if permission.value.startswith(("work", "approve", "edit", "pause"))
}


@pytest.fixture
def staff(controller):
    acme = controller()

    def make(role: str) -> User:
        user = User.objects.create_user(f"{role}@example.org", "a-long-password", name=role)
        Membership.objects.create(user=user, controller=acme, role=role)
        return user

    return make


def test_every_role_is_in_the_table_and_every_permission_is_given_to_somebody():
    assert set(ROLES) == set(Role)
    assert set(Permission) == set().union(*ROLES.values())


def test_an_auditor_changes_nothing():
    assert not ROLES[Role.AUDITOR] & WORK
    assert Permission.SEE_PERSON not in ROLES[Role.AUDITOR]


def test_a_system_owner_sees_tasks_of_their_own_only():
    assert ROLES[Role.SYSTEM_OWNER] == {Permission.SEE_OWN_TASKS, Permission.WORK_OWN_TASKS}


def test_an_administrator_sees_no_person():
    assert not ROLES[Role.ADMINISTRATOR] & {
        Permission.SEE_REQUESTS,
        Permission.SEE_PERSON,
        Permission.SEE_CONSENTS,
    }


def test_roles_at_several_controllers_stay_apart(staff, controller):
    user = staff("dpo")
    other = controller(code="other")
    Membership.objects.create(user=user, controller=other, role="auditor")

    reach = of_staff(user)

    assert len(reach.controller_ids) == 2
    assert not reach.can(Permission.WORK_REQUESTS, other.pk)
    assert reach.where(Permission.WORK_REQUESTS) == reach.controller_ids - {other.pk}


@pytest.mark.parametrize("role", list(Role))
def test_the_menu_leads_nowhere_forbidden(client, staff, role):
    client.force_login(staff(role))
    start = reverse("portal:home") if Permission.SEE_HOME in ROLES[role] else reverse("portal:task_list")

    page = client.get(start)

    assert page.status_code == 200
    for link in page.context["navigation"]:
        assert client.get(link["url"]).status_code == 200, link["label"]


def test_a_second_factor_can_be_demanded(client, staff, settings):
    settings.PORTAL_SECOND_FACTOR = True
    client.force_login(staff("dpo"))

    answer = client.get(reverse("portal:home"))

    assert answer.status_code == 302
    assert answer["Location"] == reverse("mfa_index")


def test_nobody_signs_up_by_themselves(client):
    page = client.get(reverse("account_signup"))

    assert "closed" in page.content.decode().lower()


def test_signing_in_with_password_leads_home_and_is_in_the_ledger(client, staff, events):
    staff("dpo")

    answer = client.post(
        reverse("account_login"), {"login": "dpo@example.org", "password": "a-long-password"}
    )

    assert (answer.status_code, answer["Location"]) == (302, reverse("portal:home"))
    assert events() == ["staff_signed_in"]


def test_a_role_given_in_the_admin_is_in_the_ledger(client, staff, controller, events):
    boss = User.objects.create_superuser("boss@example.org", "a-long-password", name="Boss")
    worker = staff("case_worker")
    other = controller(code="other")
    client.force_login(boss)
    membership = worker.memberships.get()

    answer = client.post(
        reverse("admin:portal_user_change", args=[worker.pk]),
        {
            "email": worker.email,
            "name": worker.name,
            "is_active": "on",
            "memberships-TOTAL_FORMS": "2",
            "memberships-INITIAL_FORMS": "1",
            "memberships-0-id": str(membership.pk),
            "memberships-0-user": str(worker.pk),
            "memberships-0-controller": str(membership.controller_id),
            "memberships-0-role": "case_worker",
            "memberships-1-user": str(worker.pk),
            "memberships-1-controller": str(other.pk),
            "memberships-1-role": "auditor",
        },
    )

    assert answer.status_code == 302
    assert events(controller_id=other.pk) == ["role_granted"]


def test_the_admin_uses_the_same_door(client):
    answer = client.get("/admin/login/")

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_every_page_forbids_inline_script_and_foreign_hosts(client, staff):
    client.force_login(staff("dpo"))

    policy = client.get(reverse("portal:home"))["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
