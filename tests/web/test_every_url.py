"""One table over every address: who is let in, and what everybody else is told. A new address without a row fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from consent.models import Decision
from consent.queries.links import sign
from dsr.actions.links import confirm_token, tracking_token
from dsr.models import SubjectRequest
from governance.models import Breach, Hold, Purpose, Sweep, System
from privacy_portal.api.access import forget_known_tokens
from privacy_portal.api.models import ServiceClient
from privacy_portal.api.scopes import SCOPES
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger.models import Delivery, Event
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.roles import ROLES, Role
from privacy_portal.staff.roles import Permission as P
from privacy_portal.subjects.models import Subject
from tests.furnished import Rows, furnish

pytestmark = pytest.mark.django_db
AWAY = (403, 404)


@dataclass(frozen=True)
class Staff:
    """A page or deed of the back-office: whoever holds one of `needs` at the controller of the row."""

    name: str
    method: str
    needs: tuple[P, ...]
    of: Callable[[Rows], list[Any]] | None = None
    insiders: tuple[int, ...] = ()


@dataclass(frozen=True)
class Api:
    name: str
    method: str
    scope: str
    of: Callable[[Rows], list[Any]] | None = None


def key(model: type) -> Callable[[Rows], list[Any]]:
    return lambda rows: [rows[model].pk]


CASE, TASK, BREACH, SWEEP = key(SubjectRequest), key(SystemTask), key(Breach), key(Sweep)
SEE_TASKS = (P.SEE_TASKS, P.SEE_OWN_TASKS)
STAFF = [
    Staff("portal:home", "get", (P.SEE_HOME,)),
    Staff("portal:ledger", "get", (P.SEE_LEDGER,)),
    Staff("portal:ledger_verify", "post", (P.SEE_LEDGER,)),
    Staff("portal:task_list", "get", SEE_TASKS),
    Staff("portal:task_detail", "get", (P.SEE_TASKS,), TASK),
    Staff("portal:task_assign", "post", (P.WORK_TASKS,), TASK),
    Staff("portal:task_complete", "post", (P.WORK_TASKS,), TASK),
    Staff("portal:task_skip", "post", (P.WORK_TASKS,), TASK),
    Staff("portal:task_retry", "post", (P.WORK_TASKS,), TASK),
    Staff("portal:task_evidence", "get", (P.WORK_TASKS,), lambda rows: [rows[SystemTask].pk, 1], (404,)),
    Staff("portal:task_reveal", "post", (P.WORK_TASKS,), TASK),
    Staff("portal:handler_retry", "post", (P.PAUSE_SYSTEMS,), lambda rows: [given_up(rows).pk]),
    Staff("portal:clocks", "get", (P.SEE_HOME,)),
    Staff("portal:system_pause", "post", (P.PAUSE_SYSTEMS,), key(Connection)),
    Staff("portal:system_resume", "post", (P.PAUSE_SYSTEMS,), key(Connection)),
    Staff("dsr:request_list", "get", (P.SEE_REQUESTS,)),
    Staff("dsr:request_detail", "get", (P.SEE_REQUESTS,), CASE),
    Staff("dsr:request_live", "get", (P.SEE_REQUESTS,), CASE),
    Staff("dsr:accept", "post", (P.WORK_REQUESTS,), CASE),
    Staff("dsr:approve", "post", (P.APPROVE_REQUESTS,), CASE),
    Staff("dsr:return_plan", "post", (P.WORK_REQUESTS, P.APPROVE_REQUESTS), CASE),
    Staff("dsr:refuse", "post", (P.WORK_REQUESTS,), CASE),
    Staff("dsr:extend", "post", (P.WORK_REQUESTS,), CASE),
    Staff("dsr:deliver", "post", (P.WORK_REQUESTS,), CASE),
    Staff("dsr:take", "post", (P.WORK_REQUESTS,), CASE),
    Staff("dsr:reveal", "post", (P.SEE_PERSON,), CASE),
    Staff("consent:consent_list", "get", (P.SEE_CONSENTS,)),
    Staff("consent:withdrawal_list", "get", (P.SEE_CONSENTS,)),
    Staff("consent:withdrawal_detail", "get", (P.SEE_CONSENTS,), lambda rows: [withdrawn(rows).pk]),
    Staff("consent:person_detail", "get", (P.SEE_CONSENTS,), key(Subject)),
    Staff("consent:reveal", "post", (P.SEE_PERSON,), key(Subject)),
    Staff("consent:withdraw", "post", (P.WORK_CONSENTS,), key(Subject)),
    Staff("consent:notice_list", "get", (P.SEE_CONSENTS,)),
    Staff("consent:notice_detail", "get", (P.SEE_CONSENTS,), key(Purpose)),
    Staff("governance:system_list", "get", (P.SEE_REGISTER,)),
    Staff("governance:system_detail", "get", (P.SEE_REGISTER,), key(System)),
    Staff("governance:sweep_list", "get", (P.SEE_RETENTION,)),
    Staff("governance:sweep_plan", "post", (P.WORK_RETENTION,)),
    Staff("governance:sweep_detail", "get", (P.SEE_RETENTION,), SWEEP),
    Staff("governance:sweep_release", "post", (P.WORK_RETENTION,), SWEEP),
    Staff("governance:sweep_hold", "post", (P.WORK_RETENTION,), SWEEP),
    Staff("governance:sweep_cancel", "post", (P.WORK_RETENTION,), SWEEP),
    Staff("governance:hold_list", "get", (P.SEE_RETENTION,)),
    Staff("governance:hold_list", "post", (P.WORK_RETENTION,)),
    Staff("governance:hold_lift", "post", (P.WORK_RETENTION,), key(Hold)),
    Staff("governance:breach_list", "get", (P.SEE_BREACHES,)),
    Staff("governance:breach_form", "get", (P.WORK_BREACHES,)),
    Staff("governance:breach_form", "post", (P.WORK_BREACHES,)),
    Staff("governance:breach_detail", "get", (P.SEE_BREACHES,), BREACH),
    Staff("governance:breach_assess", "post", (P.WORK_BREACHES,), BREACH),
    Staff("governance:breach_notify", "post", (P.WORK_BREACHES,), BREACH),
    Staff("governance:breach_close", "post", (P.WORK_BREACHES,), BREACH),
]
API = [
    Api("api_requests", "get", "requests:read"),
    Api("api_requests", "post", "requests:write"),
    Api("api_request", "get", "requests:read", CASE),
    Api("api_confirmation", "post", "requests:write", CASE),
    Api("api_codes", "post", "requests:write", CASE),
    Api("api_systems", "get", "register:read"),
    Api("api_system", "get", "register:read", lambda rows: [rows[System].code]),
    Api("api_breaches", "post", "breaches:write"),
    Api("api_consents", "post", "consents:write"),
    Api("api_withdrawals", "post", "consents:write"),
    Api("api_decisions", "get", "decisions:read"),
    Api("api_decisions", "post", "decisions:read"),
    Api("ledger_checkpoint", "get", "ledger:read"),
    Api("ledger_entries", "get", "ledger:read"),
    Api("ledger_inclusion", "get", "ledger:read"),
    Api("ledger_consistency", "get", "ledger:read"),
]
BY_TOKEN = {
    "dsr:confirm": ("get", "confirm"),
    "dsr:send_again": ("post", "confirm"),
    "dsr:tracking": ("get", "tracking"),
    "dsr:cancel": ("post", "tracking"),
    "dsr:download": ("post", "tracking"),
    "consent:preference_form": ("get", "preferences"),
    "consent:preference_saved": ("get", "preferences"),
}
"""Pages of a person, and the one kind of link that opens each."""
OPEN = {
    "dsr:request_form": "anybody may ask",
    "consent:preference_door": "anybody may ask for a link",
    "consent:preference_link_sent": "says nothing about anybody",
    "portal:demo_outbox": "404 outside a demo",
    "api_token": "where a service signs in",
    "api_schema": "the description of the API",
    "inbox": "the signature is the log-in; tests/inbox",
    "set_language": "",
    "healthz": "",
    "readyz": "",
    "metrics": "counts only; tests/api/test_health.py",
}
SIGN_IN = ("account_", "mfa_")
"""allauth's own pages. The admin's are in tests/staff/test_second_factor.py and tests/web/test_admin_reach.py."""


def given_up(rows: Rows) -> Delivery:
    return Delivery.objects.get_or_create(
        event=rows[Event], handler="tests.never", defaults={"status": "dead", "due_at": timezone.now()}
    )[0]


def withdrawn(rows: Rows) -> Decision:
    now = timezone.now()
    return Decision.objects.create(
        controller=rows[Controller],
        subject=rows[Subject],
        purpose=rows[Purpose],
        law="GDPR",
        choice="withdrawn",
        decided_at=now,
        recorded_at=now,
        method="web_form",
        actor="staff:1",
    )


@pytest.fixture(autouse=True)
def _no_token_is_remembered():
    forget_known_tokens()
    yield
    forget_known_tokens()


@pytest.fixture
def acme(controller, noon) -> Rows:
    return furnish(controller("acme"), noon)


@pytest.fixture
def rival(controller, noon) -> Rows:
    return furnish(controller("rival"), noon)


@pytest.fixture
def enter(client):
    """Signs in somebody with these roles: `enter((acme, "auditor"), (rival, "dpo"))`."""

    def sign_in(*memberships: tuple[Rows, str]) -> None:
        user = User.objects.create(email=f"{uuid4()}@example.org", name="Somebody", password="!")
        for rows, role in memberships:
            Membership.objects.create(user=user, controller=rows[Controller], role=role)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    return sign_in


def token_of(rows: Rows, scopes: set[str]) -> dict[str, str]:
    """Headers of the controller's service with these scopes."""
    service = rows[ServiceClient]
    ServiceClient.objects.filter(pk=service.pk).update(scopes=sorted(scopes))
    token = str(uuid4())
    AccessToken.objects.create(
        application=Application.objects.get(service=service),
        token=token,
        scope=" ".join(scopes),
        expires=timezone.now() + timezone.timedelta(hours=1),
    )
    return {"Authorization": f"Bearer {token}"}


def address(row: Staff | Api, rows: Rows) -> str:
    return reverse(row.name, args=row.of(rows) if row.of else [])


def named(row: Staff | Api) -> str:
    return f"{row.method} {row.name}"


def addresses(patterns: Any = None, space: str = "") -> Iterator[str]:
    """The name of every address, but the admin's."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"
        elif pattern.namespace != "admin":
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, inner)


# -- the table is whole ---------------------------------------------------------------------------------------------
def test_every_address_has_a_row():
    known = {row.name for row in [*STAFF, *API]} | set(BY_TOKEN) | set(OPEN)
    found = {name for name in addresses() if not name.startswith(SIGN_IN)}

    assert found - known == set(), "an address nobody has thought about"
    assert known - found == set(), "a row without an address"


# -- the back-office ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("row", STAFF, ids=named)
def test_without_a_log_in_a_staff_address_leads_to_the_door(client, acme, row):
    answer = getattr(client, row.method)(address(row, acme))

    assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("row", STAFF, ids=named)
def test_staff_of_another_controller_find_nothing_and_change_nothing(client, enter, acme, rival, row):
    enter(*[(rival, role) for role in Role])
    url = address(row, acme)
    told = Event.objects.filter(controller=acme[Controller]).count()

    answer = getattr(client, row.method)(url, {"reason": "contact_person"})

    if row.of:
        assert answer.status_code == 404
    assert "acme" not in answer.content.decode().lower().replace(str(url), "")
    assert Event.objects.filter(controller=acme[Controller]).count() == told


@pytest.mark.parametrize("row", STAFF, ids=named)
def test_the_table_of_roles_decides_who_comes_in(client, enter, acme, row):
    url = address(row, acme)
    for role in Role:
        enter((acme, role))

        status = getattr(client, row.method)(url).status_code

        if ROLES[role] & set(row.needs):
            expected = row.insiders or ((200,) if row.method == "get" else (200, 302, 409, 422))
            assert status in expected, role
        else:
            assert status in AWAY, role


@pytest.mark.parametrize("row", [row for row in STAFF if row.of and row.method == "post"], ids=named)
def test_a_role_at_one_controller_is_no_role_at_another(client, enter, acme, rival, row):
    enter((acme, Role.AUDITOR), *[(rival, role) for role in Role])

    assert client.post(address(row, acme), {"reason": "contact_person"}).status_code in AWAY


# -- services -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("row", API, ids=named)
def test_without_a_token_the_api_answers_401(client, acme, row):
    url = address(row, acme)

    for headers in ({}, {"Authorization": "Bearer made-up"}):
        assert getattr(client, row.method)(url, headers=headers).status_code == 401


@pytest.mark.parametrize("row", API, ids=named)
def test_a_service_without_the_scope_is_told_which(client, acme, row):
    headers = token_of(acme, set(SCOPES) - {row.scope})

    answer = getattr(client, row.method)(address(row, acme), headers=headers)

    assert answer.status_code == 403 and row.scope in answer.json()["detail"]


@pytest.mark.parametrize("row", API, ids=named)
def test_staff_do_not_open_the_api(client, enter, acme, row):
    enter(*[(acme, role) for role in Role])

    assert getattr(client, row.method)(address(row, acme)).status_code == 401


@pytest.mark.parametrize("row", API, ids=named)
def test_a_service_of_another_controller_finds_nothing(client, acme, rival, row):
    headers = token_of(rival, set(SCOPES))
    asked = {"subject": str(acme[Subject].pk), "purpose": acme[Purpose].code, "law": "GDPR", "code": "123456"}
    kind = {} if row.method == "get" else {"content_type": "application/json"}
    told = Event.objects.filter(controller=acme[Controller]).count()

    answer = getattr(client, row.method)(address(row, acme), asked, headers=headers, **kind)

    if row.of:
        assert answer.status_code == 404
    text = answer.content.decode().replace(acme[Purpose].code, "").replace(address(row, acme), "")
    assert "acme" not in text.lower() and str(acme[SubjectRequest].pk) not in text
    if row.method == "post" and row.scope != "decisions:read":
        assert answer.status_code in (404, 422)
    assert Event.objects.filter(controller=acme[Controller]).count() == told


# -- people ---------------------------------------------------------------------------------------------------------
def links_of(rows: Rows) -> dict[str, str]:
    case = rows[SubjectRequest]
    return {
        "confirm": confirm_token(case),
        "tracking": tracking_token(case),
        "preferences": sign(rows[Subject].pk, now=timezone.now()),
    }


@pytest.mark.parametrize("name", BY_TOKEN)
def test_a_persons_address_opens_with_its_own_kind_of_link_only(client, acme, name):
    method, own = BY_TOKEN[name]

    for kind, token in links_of(acme).items():
        answer = getattr(client, method)(reverse(name, args=[token]))
        if kind != own:
            assert answer.status_code in (404, 410), kind
            assert acme[SubjectRequest].reference not in answer.content.decode(), kind
        elif name != "dsr:download":  # no answer is ready yet
            assert answer.status_code in (200, 302)


@pytest.mark.parametrize("name", BY_TOKEN)
def test_the_signature_of_one_person_does_not_open_anothers_page(client, acme, rival, name):
    method, own = BY_TOKEN[name]
    mine, theirs = links_of(acme)[own], links_of(rival)[own]
    forged = ":".join([theirs.split(":")[0], *mine.split(":")[1:]])

    for token in (forged, theirs[:-1], "made-up"):
        answer = getattr(client, method)(reverse(name, args=[token]))

        assert answer.status_code in (403, 404, 410)
        assert f"r-{rival[Controller].code}" not in answer.content.decode().lower()


def test_a_link_shows_its_own_case_only(client, acme, rival):
    page = client.get(reverse("dsr:tracking", args=[links_of(acme)["tracking"]])).content.decode()

    assert acme[SubjectRequest].reference in page and rival[SubjectRequest].reference not in page
