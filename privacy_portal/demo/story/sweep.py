"""Data past their time go by themselves, except where a legal hold stands before them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from privacy_portal import subjects
from privacy_portal.demo import upstairs
from privacy_portal.demo.people import Person
from privacy_portal.demo.story.stage import Stage, check
from privacy_portal.law.spans import months_after
from privacy_portal.vocabulary import Actor

_AGES = {
    "accounts": ("user_service", "last_login_at", 36),
    "orders": ("payment_service", "placed_at", 84),
    "invoices": ("payment_service", "issued_on", 84),
}
_EVENT_MONTHS = 14
_OWNER = {"accounts": "id", "orders": "customer_id", "invoices": "customer_id"}
_DAY = timedelta(days=1)


def sweep(stage: Stage) -> str:
    now = stage.now()
    held = _hold_somebody(stage, now)
    old = {table: _ids(stage, table, now, older=True) for table in _AGES}
    young = {table: _ids(stage, table, now, older=False) for table in _AGES}
    visits = _old_visits(stage, now)
    check(
        all(old.values()) and held.customer_id in old["accounts"] and visits,
        "before: there should be old data",
    )

    planned = _plan(stage, now)
    stage.drain()
    planned.refresh_from_db()
    check(
        planned.status in ("completed", "completed_with_exceptions"),
        f"the sweep ended as {planned.status}: {planned.brake}",
    )

    for table in _AGES:
        left = set(_ids(stage, table, now, older=True)) - {held.customer_id}
        check(not left, f"{table} still holds old rows of {sorted(left)[:3]}")
        check(_ids(stage, table, now, older=False) == young[table], f"{table} lost rows that are not old")
    check(held.customer_id in _ids(stage, "accounts", now, older=True), "the hold was not respected")
    check(not _old_visits(stage, now), "analytics_service still holds old visits")
    orphans = stage.witness.count("user_service", "addresses", "account_id NOT IN (SELECT id FROM accounts)")
    check(not orphans, f"{orphans} addresses without an account are left")
    _check_once_a_night(stage, planned, now)
    gone = sum(len(rows) for rows in old.values()) + visits
    return f"{gone} old rows found by asking before, none left but those on hold ({held.customer_id})"


def _plan(stage: Stage, now: datetime) -> Any:
    return upstairs.plan_sweep(controller_id=stage.controller.pk, by=Actor.system("retention"), now=now)


def _hold_somebody(stage: Stage, now: datetime) -> Person:
    """A dispute is open with somebody whose account is long dormant."""
    dormant = set(_ids(stage, "accounts", now, older=True))
    person = next(person for person in stage.people if person.customer_id in dormant)
    known = subjects.remember(controller_id=stage.controller.pk, identifiers=person.identifiers, now=now)
    upstairs.place_hold(
        controller_id=stage.controller.pk,
        subject_id=known.pk,
        dataset_id=None,
        ground="litigation",
        reason="A claim about an order is before the court",
        review_on=(now + timedelta(days=180)).date(),
        by=stage.colleague("dpo@example.org"),
        now=now,
    )
    return person


def _ids(stage: Stage, table: str, now: datetime, *, older: bool) -> list[str]:
    """Whose rows are older than the rule allows, or are not; rows of the very day of the border are left aside."""
    store, column, months = _AGES[table]
    border = months_after(now.date(), -months)
    where = f"{column} < :border" if older else f"{column} >= :border"
    day = border - _DAY if older else border + _DAY
    query = f"SELECT {_OWNER[table]} AS owner FROM {table} WHERE {where} ORDER BY {_OWNER[table]}"  # noqa: S608
    return [str(row["owner"]) for row in stage.witness.rows(store, query, border=_bound(stage, day))]


def _bound(stage: Stage, day: Any) -> Any:
    """SQLite compares days as text."""
    return day if stage.places.sql_url else day.isoformat()


def _old_visits(stage: Stage, now: datetime) -> int:
    """Counted at the service, person by person, for the first few dozen who agreed to statistics."""
    border = (months_after(now.date(), -_EVENT_MONTHS) - _DAY).isoformat()
    asked = [person for person in stage.people if person.statistics][:40]
    rows = [
        row["values"]
        for person in asked
        for row in stage.witness.person_at("analytics_service", customer_id=person.customer_id)["rows"]
        if row["dataset"] == "events"
    ]
    return sum(values["at"] < border for values in rows)


def _check_once_a_night(stage: Stage, planned: Any, now: datetime) -> None:
    before = len(stage.witness.journal("analytics_service"))
    check(_plan(stage, now).pk == planned.pk, "a second sweep was planned in the same night")
    stage.drain()
    check(
        len(stage.witness.journal("analytics_service")) == before,
        "the second planning asked the systems again",
    )
