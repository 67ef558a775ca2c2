"""A consent is withdrawn, and every system that used it stops."""

from __future__ import annotations

from typing import Any

from privacy_portal.demo import upstairs
from privacy_portal.demo.people import Person
from privacy_portal.demo.story.stage import Stage, check
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Actor


def withdraw(stage: Stage) -> str:
    person, bystander = stage.lead(0), stage.lead(1)
    check(_opted_in(stage, person), "before: the account should be opted in")
    check(_at_marketing(stage, person)["stopped"] == [], "before: marketing should not have stopped yet")
    check(_sends(stage, person), "before: marketing should hold campaign history")

    decision = _withdraw(stage, person)
    stage.drain()

    marketing = _at_marketing(stage, person)
    check(
        marketing["stopped"] == ["newsletter"],
        f"marketing_service stopped {marketing['stopped']}, not the newsletter",
    )
    check(not _sends(stage, person), "marketing_service should have deleted the campaign history")
    check(not _opted_in(stage, person), "user_service still has the account opted in")
    check(_at_marketing(stage, bystander)["stopped"] == [], "marketing_service stopped for somebody else too")
    analytics = stage.witness.person_at("analytics_service", customer_id=person.customer_id)
    check(analytics["stopped"] == [], "analytics_service was told, though it does not use this purpose")

    check(_withdraw(stage, person).pk == decision.pk, "a second withdrawal should be answered with the first")
    stage.drain()
    told = [entry for entry in stage.witness.journal("marketing_service") if entry["verb"] == "notify"]
    check(
        [entry["effects"] for entry in told] == [1],
        f"marketing_service's journal should show one effect: {told}",
    )
    return f"{_acknowledged(decision)} systems use the newsletter; each stopped and said so, once"


def _withdraw(stage: Stage, person: Person) -> Any:
    subject_id = stage.subject_id(person)
    return upstairs.withdraw_consent(
        controller_id=stage.controller.pk,
        subject_id=subject_id,
        purpose="newsletter",
        proof=upstairs.Proof(method="preference_page", language="en", interface="preference-page"),
        by=Actor.subject(subject_id),
        now=stage.now(),
    )


def _acknowledged(decision: Any) -> int:
    tasks = SystemTask.objects.of_cause("withdrawal", decision.pk)
    waiting = [f"{task.connection.code} {task.status}" for task in tasks.exclude(status="completed")]
    check(not waiting, f"not every system has acknowledged: {', '.join(waiting)}")
    check(tasks.count() == 2, f"{tasks.count()} systems were told, two use the newsletter")
    return tasks.count()


def _opted_in(stage: Stage, person: Person) -> bool:
    query = "SELECT marketing_opt_in FROM accounts WHERE id = :id"
    return bool(stage.witness.rows("user_service", query, id=person.customer_id)[0]["marketing_opt_in"])


def _at_marketing(stage: Stage, person: Person) -> dict[str, Any]:
    return stage.witness.person_at("marketing_service", email=person.email)


def _sends(stage: Stage, person: Person) -> int:
    return sum(row["dataset"] == "campaign_sends" for row in _at_marketing(stage, person)["rows"])
