"""The admin of every app shows rows to who may see them there; roles are given by who may give them."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from privacy_portal.api.models import ServiceClient
from privacy_portal.ledger.models import Event
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.web.within import WithinReach
from tests.furnished import furnish

pytestmark = pytest.mark.django_db
OURS = {
    model
    for model in admin.site._registry
    if model._meta.app_label in ("portal", "governance", "consent", "dsr")
}


@pytest.fixture
def acme(controller, noon):
    return furnish(controller("acme"), noon)


@pytest.fixture
def rival(controller, noon):
    return furnish(controller("rival"), noon)


@pytest.fixture
def enter(client):
    """Signs in somebody who may use the admin, with these roles: `enter(acme, "dpo", "administrator")`."""

    def sign_in(rows, *roles: str, **flags: bool) -> User:
        number = User.objects.count()
        user = User.objects.create_user(
            f"u{number}@example.org", "a-long-password", name=f"U{number}", is_staff=True, **flags
        )
        for role in roles:
            Membership.objects.create(user=user, controller=rows[Controller], role=role)
        client.force_login(user)
        return user

    return sign_in


def address(model, page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def saved(user: User, *roles: tuple[object, str], known: tuple[Membership, ...] = (), **facts: object):
    """The form of an account as a browser sends it: roles that are known first, then new ones."""
    form = {"email": user.email, "name": user.name, "is_active": "on", **facts}
    for number, (at, role) in enumerate(roles):
        form[f"memberships-{number}-controller"] = str(at.pk)
        form[f"memberships-{number}-role"] = role
        form[f"memberships-{number}-user"] = str(user.pk)
        if number < len(known):
            form[f"memberships-{number}-id"] = str(known[number].pk)
    return form | {"memberships-TOTAL_FORMS": len(roles), "memberships-INITIAL_FORMS": len(known)}


# -- rows -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", sorted(OURS, key=str), ids=lambda model: model._meta.label)
def test_every_model_of_ours_is_narrowed(model):
    assert isinstance(admin.site._registry[model], WithinReach)


def test_the_furnished_controller_has_a_row_of_every_model(acme):
    assert set(acme) >= OURS


@pytest.mark.parametrize("model", sorted(OURS, key=str), ids=lambda model: model._meta.label)
def test_of_another_controller_nothing_is_listed_opened_or_changed(client, enter, acme, rival, model):
    own = enter(rival, "dpo", "administrator")
    allowed = {rival[model].pk} | ({own.pk} if model is User else set())

    listed = client.get(address(model, "changelist"))

    assert {row.pk for row in listed.context["cl"].queryset} == allowed
    assert "acme" not in listed.content.decode().lower()
    for page in ("change", "history", "delete"):
        away = client.get(address(model, page, acme[model].pk))
        assert away.status_code in (302, 403, 404), page
        assert "acme" not in away.content.decode().lower(), page
    mine = client.get(address(model, "change", rival[model].pk))
    assert mine.status_code == 200
    assert "acme" not in mine.content.decode().lower(), "a choice names another controller"


@pytest.mark.parametrize("model", sorted(OURS, key=str), ids=lambda model: model._meta.label)
def test_the_admin_flag_alone_shows_nothing(client, enter, acme, model):
    enter(acme)

    assert client.get(address(model, "changelist")).status_code == 403


def test_an_administrator_sees_no_request_and_no_decision(client, enter, acme):
    enter(acme, "administrator")
    shown = {model.__name__ for model in OURS if client.get(address(model, "changelist")).status_code == 200}

    assert not shown & {"SubjectRequest", "Decision", "CurrentDecision", "Breach", "Hold"}
    assert shown >= {"User", "ServiceClient", "Controller", "Event", "SystemTask", "Connection"}


def test_an_operator_without_a_role_sees_accounts_and_no_case(client, enter, acme):
    enter(acme, is_superuser=True)
    shown = {model.__name__ for model in OURS if client.get(address(model, "changelist")).status_code == 200}

    assert shown == {"User", "Controller", "ServiceClient"}


# -- roles ----------------------------------------------------------------------------------------------------------
def test_a_role_is_given_changed_and_taken_on_the_record(client, enter, acme):
    enter(acme, "administrator")
    kim, here = acme[User], acme[Controller]
    (auditor,) = kim.memberships.all()
    page = address(User, "change", kim.pk)

    client.post(page, saved(kim, (here, "case_worker"), known=(auditor,)))
    taken = saved(kim, (here, "case_worker"), known=(auditor,)) | {"memberships-0-DELETE": "on"}
    client.post(page, taken)

    told = Event.objects.filter(type__startswith="role_", controller=here).order_by("pk")
    assert [(event.type, event.payload["role"]) for event in told] == [
        ("role_revoked", "auditor"),
        ("role_granted", "case_worker"),
        ("role_revoked", "case_worker"),
    ]
    assert not kim.memberships.exists()


def test_nobody_gives_a_role_where_they_do_not_manage_staff(client, enter, acme, rival):
    enter(acme, "administrator")
    kim, here = acme[User], acme[Controller]
    form = saved(kim, (here, "auditor"), (rival[Controller], "dpo"), known=(kim.memberships.get(),))

    answer = client.post(address(User, "change", kim.pk), form)

    assert answer.status_code == 200 and "Select a valid choice" in answer.content.decode()
    assert not kim.memberships.filter(controller=rival[Controller]).exists()


@pytest.mark.parametrize("where", ["own", "other"])
def test_nobody_gives_themself_a_role(client, enter, acme, rival, where):
    boss = enter(acme, "administrator")
    target = (acme if where == "own" else rival)[Controller]
    form = saved(boss, (target, "dpo"))

    client.post(address(User, "change", boss.pk), form | {"is_staff": "on"})

    assert [row.role for row in boss.memberships.all()] == ["administrator"]
    assert not Event.objects.filter(type="role_granted").exists()


def test_nobody_makes_an_operator_of_themself_or_of_others(client, enter, acme):
    boss, kim = enter(acme, "administrator"), acme[User]

    for user in (boss, kim):
        form = saved(user, is_superuser="on", is_staff="on")
        client.post(address(User, "change", user.pk), form)
        user.refresh_from_db()
        assert not user.is_superuser


def test_an_account_that_belongs_elsewhere_too_is_not_taken_over(client, enter, acme, rival):
    kim = acme[User]
    Membership.objects.create(user=kim, controller=rival[Controller], role="dpo")
    enter(acme, "administrator")
    here = kim.memberships.get(controller=acme[Controller])
    form = saved(kim, (acme[Controller], "auditor"), known=(here,), email="mine@example.org")

    page = client.get(address(User, "change", kim.pk)).content.decode()
    client.post(address(User, "change", kim.pk), form)
    password = client.get(reverse("admin:auth_user_password_change", args=[kim.pk]))

    kim.refresh_from_db()
    assert "rival" not in page.lower()
    assert kim.email == "kim@acme.example"
    assert password.status_code == 403
    assert kim.memberships.filter(controller=rival[Controller], role="dpo").exists()


def test_a_service_keeps_its_controller_whoever_edits_it(client, enter, acme, rival):
    enter(acme, "administrator")
    service = acme[ServiceClient]

    client.post(
        address(ServiceClient, "change", service.pk),
        {"controller": rival[Controller].pk, "code": "taken", "scopes": ["requests:read"]},
    )

    service.refresh_from_db()
    assert (service.controller, service.code) == (acme[Controller], "acme-service")
    assert service.scopes == ["requests:read"]
