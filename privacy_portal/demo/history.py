"""Cases that were open before anybody looked: so that the first page has something to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from privacy_portal import bell, subjects
from privacy_portal.demo import upstairs
from privacy_portal.demo.people import Person
from privacy_portal.fanout import drain
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.people import complete_by_hand
from privacy_portal.ledger.models import Event
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import User
from privacy_portal.vocabulary import Actor, Right

_SHOP = Actor.service("aurora-shop")


def make(
    controller: Controller, people: Sequence[Person], *, now: datetime, say: Callable[[str], None]
) -> None:
    """Requests of the last weeks and two breaches, through the real actions at the real systems."""
    asking = [person for person in people if person.is_lead and person.region.law == "GDPR"][3:]
    officer = _staff("dpo@example.org")
    with bell.answered_here("portal.deliver", "portal.run_tasks"):
        if not _began("request_opened"):
            _requests(controller, asking, now, say)
        if not _began("breach_reported"):
            say("two breaches, a legal hold")
            _hold(controller, asking[0], officer, now - timedelta(days=30))
            _breaches(controller, officer, now)
        drain.drain(now=now)


def _began(event: str) -> bool:
    """A load that was cut short is not told twice."""
    return Event.objects.filter(type=event).exists()


def _requests(
    controller: Controller, asking: Sequence[Person], now: datetime, say: Callable[[str], None]
) -> None:
    """Answered, nearly due, waiting for a decision, extended."""
    officer, worker = _staff("dpo@example.org"), _staff("caseworker@example.org")
    say("a request answered last week")
    _answered(controller, asking[0], now - timedelta(days=9))
    say("a request that is nearly due, one that waits for a decision, one that was extended")
    nearly = _open(controller, asking[1], Right.ERASURE, now - timedelta(days=27))
    taken_at = now - timedelta(days=26)
    upstairs.assign_request(request_id=nearly.pk, owner_id=int(worker.ref), by=worker, now=taken_at)
    _open(controller, asking[2], Right.ERASURE, now - timedelta(days=2))
    longer = _open(controller, asking[3], Right.ACCESS, now - timedelta(days=20))
    reason = "Letters of many years have to be looked through by hand."
    upstairs.extend_request(request_id=longer.pk, reason=reason, by=officer, now=now - timedelta(days=15))


def _open(controller: Controller, person: Person, right: Right, at: datetime) -> Any:
    """The shop knew who was asking, so that the dry run began at once."""
    asked = upstairs.Asked(
        right=right, law="GDPR", identifiers=person.identifiers, channel="api", language="en", verified=True
    )
    request = upstairs.open_request(controller_id=controller.pk, asked=asked, by=_SHOP, now=at)
    drain.drain(now=at)
    return request


def _answered(controller: Controller, person: Person, at: datetime) -> None:
    request = _open(controller, person, Right.ACCESS, at)
    later = at + timedelta(days=2)
    task = SystemTask.objects.of_cause("request", request.pk).get(connection__code="letters_archive")
    reason = "Looked through the binders: there is no letter of this person"
    complete_by_hand(task_id=task.pk, reason=reason, by=_staff("owner@example.org"), now=later)
    drain.drain(now=later)


def _hold(controller: Controller, person: Person, by: Actor, at: datetime) -> None:
    known = subjects.remember(controller_id=controller.pk, identifiers=person.identifiers, now=at)
    upstairs.place_hold(
        controller_id=controller.pk,
        subject_id=known.pk,
        dataset_id=None,
        ground="litigation",
        reason="A claim about a delivery is before the court",
        review_on=(at + timedelta(days=120)).date(),
        by=by,
        now=at,
    )


def _breaches(controller: Controller, by: Actor, now: datetime) -> None:
    """One whose clock runs, one that was judged not to need telling."""
    lost = upstairs.Report(
        title="Parcel labels printed for the wrong customers",
        description="38 labels were swapped in the warehouse; the carrier stopped the parcels the same day.",
        channel="staff",
        systems=["payment_service"],
        categories=["contact", "identity"],
        people_affected=38,
        aware_at=now - timedelta(days=21),
    )
    old = upstairs.report_breach(
        controller_id=controller.pk, report=lost, by=by, now=now - timedelta(days=21)
    )
    upstairs.decide_not_to_notify(
        breach_id=old.pk,
        risk="unlikely",
        reasons="The parcels came back unopened; nobody read an address that was not theirs.",
        measures="Labels are scanned before a parcel leaves.",
        by=by,
        now=now - timedelta(days=20),
    )
    upstairs.close_breach(breach_id=old.pk, by=by, now=now - timedelta(days=19))
    sent = upstairs.Report(
        title="Newsletter list sent to the wrong agency",
        description="A campaign file with addresses went to a former agency, which was asked to delete it.",
        channel="staff",
        systems=["marketing_service"],
        categories=["contact"],
        people_affected=412,
        aware_at=now - timedelta(hours=20),
    )
    upstairs.report_breach(controller_id=controller.pk, report=sent, by=by, now=now - timedelta(hours=20))


def _staff(email: str) -> Actor:
    return Actor.staff(User.objects.get(email=email).pk)
