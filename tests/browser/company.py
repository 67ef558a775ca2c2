"""The company that every page shows: the demo's people and systems, and one case of each kind on top of its past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from consent.actions import decisions
from dsr.actions import assessment, intake
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from governance.actions import retention
from privacy_portal import subjects
from privacy_portal.demo import company, history
from privacy_portal.demo.people import Person
from privacy_portal.demo.places import Places
from privacy_portal.fanout.drain import drain
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.people import complete_by_hand
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger import seal
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import User
from privacy_portal.vocabulary import Actor, Right

KNOWN = 80
"""Of how many of the thousand people we know what they decided; enough for a second page of the list."""
SHOP = Actor.service("aurora-shop")


@dataclass
class Company:
    controller: Controller
    people: list[Person]
    now: datetime

    def lead(self, number: int) -> Person:
        """Somebody in the European Union with something in every system."""
        return [person for person in self.people if person.is_lead and person.region.law == "GDPR"][number]

    def saying_yes(self, purpose: str) -> Person:
        """Somebody who agreed to it weeks ago."""
        wish = {"newsletter": "newsletter", "analytics": "statistics"}[purpose]
        return next(person for person in self.people[50:KNOWN] if getattr(person, wish))

    def subject_id(self, person: Person) -> UUID:
        found = subjects.find(controller_id=self.controller.pk, kind="email", value=person.email)
        assert found is not None
        return found.pk

    def staff(self, email: str) -> Actor:
        return Actor.staff(User.objects.get(email=email).pk)

    def ask(self, person: Person, right: Right, at: datetime, *, verified: bool = True) -> SubjectRequest:
        channel = Channel.API if verified else Channel.FORM
        identifiers = person.identifiers if verified else {"email": person.email}
        asked = intake.Asked(
            right=right, law="GDPR", identifiers=identifiers, channel=channel, verified=verified
        )
        request = intake.open_request(controller_id=self.controller.pk, asked=asked, by=SHOP, now=at)
        drain(now=at)
        request.refresh_from_db()
        return request

    def case(self, status: str, right: str = "") -> SubjectRequest:
        found = SubjectRequest.objects.filter(status=status, **({"right": right} if right else {})).order_by(
            "-received_at", "pk"
        )
        return found[0]

    def task(self, status: str) -> SystemTask:
        return SystemTask.objects.filter(status=status, controller=self.controller).order_by(
            "-asked_at", "pk"
        )[0]


def build(places: Places, *, now: datetime) -> Company:
    people = company.load(places, now=now, say=_silent, deciding=KNOWN)
    history.make(company.controller(), people, now=now, say=_silent)
    world = Company(company.controller(), people, now)
    for part in (_erased, _being_erased, _accepted, _refused, _unconfirmed, _withdrawn, _failed, _swept):
        part(world)
    seal.seal(now=now)
    return world


def _silent(_words: str) -> None:
    """The demo tells its progress; a test does not."""


def _start(world: Company, person: Person, at: datetime) -> SubjectRequest:
    """Accepted by one, approved by another; the systems are asked until a person is needed."""
    case = world.ask(person, Right.ERASURE, at)
    plan = case.plans.order_by("-version")[0]
    worker, officer = world.staff("caseworker@example.org"), world.staff("dpo@example.org")
    assessment.accept(request_id=case.pk, plan_hash=plan.hash, by=worker, now=at)
    assessment.approve(request_id=case.pk, plan_hash=plan.hash, by=officer, now=at)
    drain(now=at)
    return case


def _erased(world: Company) -> None:
    at = world.now - timedelta(days=4)
    case = _start(world, world.lead(7), at)
    for task in SystemTask.objects.of_cause("request", case.pk).filter(status=TaskStatus.WAITING_ON_PERSON):
        reason = "The letters of this person were taken from the binders and shredded."
        complete_by_hand(
            task_id=task.pk, reason=reason, by=world.staff("owner@example.org"), now=at + timedelta(days=1)
        )
    drain(now=at + timedelta(days=1))


def _being_erased(world: Company) -> None:
    _start(world, world.lead(8), world.now - timedelta(days=6))


def _accepted(world: Company) -> None:
    case = world.ask(world.people[21], Right.ERASURE, world.now - timedelta(days=3))
    plan = case.plans.order_by("-version")[0]
    assessment.accept(
        request_id=case.pk, plan_hash=plan.hash, by=world.staff("caseworker@example.org"), now=world.now
    )


def _refused(world: Company) -> None:
    case = world.ask(world.people[22], Right.ERASURE, world.now - timedelta(days=12))
    words = "You asked for the same four times this month, and each time it was done within a week."
    officer = world.staff("dpo@example.org")
    assessment.refuse(
        request_id=case.pk, reason="excessive", text=words, by=officer, now=world.now - timedelta(days=10)
    )
    drain(now=world.now)


def _unconfirmed(world: Company) -> None:
    world.ask(world.people[23], Right.ACCESS, world.now - timedelta(hours=1), verified=False)


def _withdrawn(world: Company) -> None:
    """A withdrawal that every system has acted on."""
    _withdraw(world, world.saying_yes("newsletter"), "newsletter", world.now - timedelta(days=2))


def _withdraw(world: Company, person: Person, purpose: str, at: datetime) -> None:
    subject_id = world.subject_id(person)
    decisions.withdraw_consent(
        controller_id=world.controller.pk,
        subject_id=subject_id,
        purpose=purpose,
        by=Actor.subject(subject_id),
        now=at,
    )
    drain(now=at)


def _failed(world: Company) -> None:
    """Somebody mistyped a system's address: it refuses to be asked, and the board says so."""
    system = Connection.objects.get(controller=world.controller, code="analytics_service")
    right = dict(system.options)
    system.options = right | {"url": "http://analytics.example.org"}
    system.save(update_fields=["options"])
    _withdraw(world, world.saying_yes("analytics"), "analytics", world.now - timedelta(days=5))
    system.options = right
    system.save(update_fields=["options"])


def _swept(world: Company) -> None:
    at = world.now - timedelta(minutes=20)
    retention.plan_sweep(controller_id=world.controller.pk, by=world.staff("dpo@example.org"), now=at)
    drain(now=at)
