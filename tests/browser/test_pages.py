"""Every page, at a desk and on a phone: it opens, axe finds nothing, nothing overflows, no policy is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.urls import reverse

from consent.models import Decision
from dsr.actions.links import confirm_token, tracking_token
from governance.models import Breach, Sweep, System
from tests.browser.company import Company
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DPO, WORKER, OWNER, AUDITOR, ADMIN = (
    f"{name}@example.org" for name in ("dpo", "caseworker", "owner", "auditor", "admin")
)


WITHOUT_TWIN = """() => [...document.querySelectorAll(".p-chart__svg")]
    .filter(chart => !chart.closest("table, figure:has(table), article:has(table)"))
    .map(chart => chart.getAttribute("aria-label") || chart.outerHTML.slice(0, 200))"""
"""Charts that show their numbers to the eye alone."""


@dataclass(frozen=True)
class Page:
    name: str
    find: Callable[[Company], str]
    who: str = DPO
    status: int = 200
    dark: bool = False


def person(world: Company) -> str:
    return reverse("consent:person_detail", args=[world.subject_id(world.saying_yes("analytics"))])


def named(url_name: str, **fixed: object) -> Callable[[Company], str]:
    return lambda _world: reverse(url_name, kwargs=fixed or None)


def case(name: str, status: str, right: str = "", who: str = DPO, dark: bool = False) -> Page:
    return Page(
        f"case-{name}",
        lambda world: reverse("dsr:request_detail", args=[world.case(status, right).pk]),
        who,
        dark=dark,
    )


def followed(name: str, status: str, right: str = "") -> Page:
    return Page(
        f"tracking-{name}",
        lambda world: reverse("dsr:tracking", args=[tracking_token(world.case(status, right))]),
        "",
    )


def task(name: str, status: str, who: str = DPO) -> Page:
    return Page(
        f"task-{name}", lambda world: reverse("portal:task_detail", args=[world.task(status).pk]), who
    )


def preferences(world: Company, url_name: str = "consent:preference_form") -> str:
    from consent.queries.links import sign

    return reverse(url_name, args=[sign(world.subject_id(world.saying_yes("newsletter")), now=world.now)])


def one(url_name: str, model: type, **narrowed: object) -> Callable[[Company], str]:
    return lambda _world: reverse(url_name, args=[model.objects.filter(**narrowed).order_by("pk")[0].pk])


def withdrawal(world: Company, purpose: str) -> str:
    rows = Decision.objects.filter(choice="withdrawn", purpose__code=purpose).order_by("-recorded_at")
    return reverse("consent:withdrawal_detail", args=[rows[0].pk])


def purpose(world: Company) -> str:
    row = Decision.objects.filter(purpose__code="newsletter").order_by("pk")[0]
    return reverse("consent:notice_detail", args=[row.purpose_id])


PUBLIC = [
    Page("request_form", named("dsr:request_form", controller_code="aurora"), ""),
    Page("confirm", lambda world: reverse("dsr:confirm", args=[confirm_token(world.case("received"))]), ""),
    followed("planned", "planned", "erasure"),
    followed("access-completed", "completed", "access"),
    followed("erasure-done", "completed_with_exceptions", "erasure"),
    followed("refused", "refused"),
    Page("preference_door", named("consent:preference_door", controller_code="aurora"), ""),
    Page("preference_link_sent", named("consent:preference_link_sent", controller_code="aurora"), ""),
    Page("preference_form", preferences, "", dark=True),
    Page("preference_saved", lambda world: preferences(world, "consent:preference_saved"), ""),
    Page("preference_link_problem", named("consent:preference_form", token="changed"), "", status=404),
    Page("login", named("account_login"), ""),
    Page("not-found", lambda _world: "/nowhere", "", status=404),
]  # fmt: skip
STAFF = [
    Page("home", named("portal:home"), dark=True),
    Page("home-auditor", named("portal:home"), AUDITOR),
    Page("home-administrator", named("portal:home"), ADMIN),
    Page("forbidden", named("portal:ledger"), OWNER, status=403),
    Page("request_list", named("dsr:request_list")),
    Page("request_list-nothing", lambda _world: reverse("dsr:request_list") + "?status=cancelled&right=access", WORKER),
    case("unconfirmed", "received"),
    case("planned", "planned", "erasure", WORKER, dark=True),
    case("accepted", "accepted"),
    case("erasing", "fulfilling", "erasure"),
    case("erased", "completed_with_exceptions", "erasure"),
    case("access-completed", "completed", "access"),
    case("refused", "refused", who=AUDITOR),
    Page("task_list", named("portal:task_list")),
    Page("task_list-owner", named("portal:task_list"), OWNER),
    task("failed", "failed"),
    task("waiting-on-person", "waiting_on_person", OWNER),
    task("completed", "completed"),
    Page("ledger", named("portal:ledger")),
    Page("clocks", named("portal:clocks")),
    Page("consent_list", named("consent:consent_list")),
    Page("withdrawal_list", named("consent:withdrawal_list")),
    Page("withdrawal-stopped", lambda world: withdrawal(world, "newsletter")),
    Page("withdrawal-late", lambda world: withdrawal(world, "analytics")),
    Page("person_detail", person),
    Page("notice_list", named("consent:notice_list")),
    Page("notice_detail", purpose),
    Page("system_list", named("governance:system_list")),
    Page("system_detail", one("governance:system_detail", System, code="payment_service")),
    Page("sweep_list", named("governance:sweep_list")),
    Page("sweep_detail", one("governance:sweep_detail", Sweep, controller__code="aurora")),
    Page("hold_list", named("governance:hold_list")),
    Page("breach_list", named("governance:breach_list")),
    Page("breach_form", named("governance:breach_form")),
    Page("breach-running", one("governance:breach_detail", Breach, closed_at=None)),
    Page("breach-closed", one("governance:breach_detail", Breach, closed_at__isnull=False)),
]  # fmt: skip
SHOWN = [(page, "light") for page in PUBLIC + STAFF] + [
    (page, "dark") for page in PUBLIC + STAFF if page.dark
]


@pytest.mark.parametrize(
    ("page", "scheme"), [pytest.param(page, scheme, id=f"{page.name}-{scheme}") for page, scheme in SHOWN]
)
def test_a_page_opens_and_has_nothing_to_complain_about(world, open_tab, page, scheme):
    tab = open_tab(page.who, scheme=scheme)
    ending = "" if scheme == "light" else f"-{scheme}"

    answer = tab.page.goto(page.find(world))
    tab.page.wait_for_load_state("load")
    found = {}
    for width in (DESK, PHONE):
        tab.page.set_viewport_size({"width": width, "height": 900})
        found[width] = (tab.violations(), max(tab.beyond(), 0))
        tab.picture(f"{page.name}-{width}{ending}")
    complaints = [words for words in tab.complaints if str(page.status) not in words]

    assert answer.status == page.status
    assert found == {DESK: ([], 0), PHONE: ([], 0)}
    assert complaints == []
    assert tab.page.evaluate(WITHOUT_TWIN) == []
    assert tab.page.locator("h1").count() == 1


def test_every_page_with_an_address_is_in_the_table():
    """A new page must be added above; what only answers a form, or belongs to the demo, needs no picture."""
    from django.urls import get_resolver

    answers_only = set(
        "ledger_verify task_assign task_complete task_skip task_retry task_evidence task_reveal system_pause"
        " system_resume send_again deliver cancel download request_live accept approve return_plan refuse extend take"
        " reveal withdraw handler_retry"
        " demo_outbox sweep_plan sweep_release sweep_hold sweep_cancel hold_lift"
        " breach_assess breach_notify breach_close".split()
    )
    named_pages = set()
    for space in ("portal", "dsr", "consent", "governance"):
        _prefix, resolver = get_resolver().namespace_dict[space]
        named_pages |= {name for name in resolver.reverse_dict if isinstance(name, str)}
    with open(__file__) as table:
        words = table.read()

    assert {name for name in named_pages - answers_only if f":{name}" not in words} == set()
