"""A person is erased from four real systems and the archive, while one system is away; what a statute keeps, stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.test import Client

from privacy_portal import subjects
from privacy_portal.demo import upstairs
from privacy_portal.demo.people import Person
from privacy_portal.demo.story.stage import Stage, check
from privacy_portal.errors import DomainError
from privacy_portal.law.spans import months_after
from privacy_portal.vocabulary import Right

_STATUTE = "Taxes Consolidation Act 1997"


def erase(stage: Stage) -> str:
    person = stage.lead(2)
    letter = stage.witness.letter(person.customer_id)
    kept, old = _invoices(stage, person)
    before = {
        table: stage.witness.count("user_service", table) for table in ("accounts", "addresses", "phones")
    }
    mine = {table: number for table, number in _mine(stage, person).items() if number}
    check(
        len(mine) == len(_QUERIES) and kept and old and letter.exists(),
        f"before: something everywhere, but {mine}",
    )

    request = stage.confirmed_request(person, Right.ERASURE)
    check(request.status == "planned", f"after the dry run the request is {request.status}")
    check(_mine(stage, person) == mine, "the dry run changed something")
    _approve_by_two(stage, request, person, mine)
    request.refresh_from_db()
    check(request.status == "fulfilling", "without the archive's answer the request must not be closed")

    letter.unlink()
    stage.answer_by_hand(request.pk, reason="Taken out of the binder and shredded")
    request.refresh_from_db()
    check(request.status == "completed_with_exceptions", f"the request ended as {request.status}")
    _check_gone(stage, person, kept)
    after = {table: stage.witness.count("user_service", table) for table in before}
    check(
        all(before[table] - after[table] == mine[table] for table in before),
        f"others lost rows: {before}, {after}",
    )
    _check_told(stage, person)
    check(_forgotten(stage, person, request), "the product itself still knows the person")
    gone, stays = sum(mine.values()) - len(kept), f"{len(kept)} invoice{'s' * (len(kept) > 1)}"
    return f"{gone} rows and a letter gone; {stays} kept: {_STATUTE}, until {_until(kept)}"


def _approve_by_two(stage: Stage, request: Any, person: Person, mine: dict[str, int]) -> None:
    """Meanwhile marketing_service is away: what depends on it waits, the rest goes on."""
    plan_hash = request.plans.order_by("-version").first().hash
    first, second = stage.colleague("caseworker@example.org"), stage.colleague("dpo@example.org")
    upstairs.accept_plan(request_id=request.pk, plan_hash=plan_hash, by=first, now=stage.now())
    check(_refused_alone(stage, request, plan_hash, first), "one person alone could accept and approve")
    marketing = stage.services["marketing_service"]
    marketing.stop()
    try:
        upstairs.approve_plan(request_id=request.pk, plan_hash=plan_hash, by=second, now=stage.now())
        stage.drain()
        left = _mine(stage, person, away="marketing_service")
        waiting = {table: number for table, number in mine.items() if table in _SQL_TABLES}
        check({table: left[table] for table in waiting} == waiting, "the order of systems was not kept")
        check(not left["analytics_service"], "analytics_service depends on nobody and should be done")
    finally:
        marketing.start()
        marketing.wait_until_ready(seconds=20)
    stage.move(timedelta(minutes=2))  # past the back-off
    stage.drain()


def _refused_alone(stage: Stage, request: Any, plan_hash: str, first: Any) -> bool:
    try:
        upstairs.approve_plan(request_id=request.pk, plan_hash=plan_hash, by=first, now=stage.now())
    except DomainError as error:
        return error.status == 403
    return False


_QUERIES = {
    "accounts": ("user_service", "id = :id"),
    "addresses": ("user_service", "account_id = :id"),
    "phones": ("user_service", "account_id = :id"),
    "orders": ("payment_service", "customer_id = :id"),
    "invoices": ("payment_service", "customer_id = :id"),
    "analytics_service": None,
    "marketing_service": None,
}
_SQL_TABLES = [name for name, place in _QUERIES.items() if place]


def _mine(stage: Stage, person: Person, *, away: str = "") -> dict[str, int]:
    """How many rows each system holds, asked there."""
    counts = {}
    for name, place in _QUERIES.items():
        if place:
            counts[name] = stage.witness.count(place[0], name, place[1], id=person.customer_id)
        elif name != away:
            rows = stage.witness.person_at(name, customer_id=person.customer_id)["rows"]
            counts[name] = len(rows)
    return counts


def _invoices(stage: Stage, person: Person) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Those the statute still keeps, and those it no longer does."""
    query = "SELECT * FROM invoices WHERE customer_id = :id ORDER BY id"
    today = stage.now().date()
    rows = stage.witness.rows("payment_service", query, id=person.customer_id)
    kept = [row for row in rows if _last_day(row) > today]
    return kept, [row for row in rows if row not in kept]


def _last_day(invoice: dict[str, Any]) -> date:
    issued = invoice["issued_on"]
    day = issued if isinstance(issued, date) else date.fromisoformat(issued)
    return months_after(day, 7 * 12)


def _until(kept: list[dict[str, Any]]) -> str:
    return max(_last_day(row) for row in kept).isoformat()


def _check_gone(stage: Stage, person: Person, kept: list[dict[str, Any]]) -> None:
    left = {name: number for name, number in _mine(stage, person).items() if number}
    check(left == {"invoices": len(kept)}, f"still there: {left}; only {len(kept)} invoices should be")
    now_kept, now_old = _invoices(stage, person)
    check(now_kept == kept, "a kept invoice was changed")
    check(not now_old, "invoices beyond the statute are still there")
    by_address = stage.witness.person_at("marketing_service", email=person.email)["rows"]
    by_device = stage.witness.person_at("analytics_service", device_id=person.device_id)["rows"]
    orders = stage.witness.count("payment_service", "orders", "email = :email", email=person.email)
    check(not (by_address or by_device or orders), "found again by address or device")
    check(not stage.witness.letter(person.customer_id).exists(), "the letter is still in the archive")
    for service in ("analytics_service", "marketing_service"):
        effects = [entry["effects"] for entry in stage.witness.journal(service) if entry["verb"] == "erase"]
        check(effects == [1], f"{service}'s journal should show one effect of the erasure, not {effects}")


def _check_told(stage: Stage, person: Person) -> None:
    """The last mail, and the page it leads to, say what stays and why."""
    link = stage.newest_mail(person, "/privacy/request/").link("/privacy/request/")
    page = Client().get(link).content.decode()
    for words in (_STATUTE, "GDPR Art. 17(3)(b)", "Tax records are kept seven years"):
        check(words in page, f"the person's page does not say '{words}'")


def _forgotten(stage: Stage, person: Person, request: Any) -> bool:
    known = subjects.find(controller_id=stage.controller.pk, kind="email", value=person.email)
    return known is None and subjects.reveal(subject_id=request.subject_id) == []
