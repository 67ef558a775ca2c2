"""A house with systems that do what a test tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from privacy_portal import subjects, wiring
from privacy_portal.connectors.base import Order, Outcome
from privacy_portal.fanout import ask as asking
from privacy_portal.fanout import connections
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger import record
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor, CauseKind, Verb

OFFICER = Actor.staff(1)


class ScriptedConnector:
    """Does what stands in `SCRIPTS` under its connection's script name; remembers the orders it got."""

    SCRIPTS: dict[str, Callable[[Order], Outcome]] = {}
    HEARD: list[Order] = []

    def __init__(self, options: dict[str, Any], **_: Any) -> None:
        self.script = options["script"]
        self.repeatable = options.get("repeatable", True)

    def _answer(self, order: Order) -> Outcome:
        self.HEARD.append(order)
        return self.SCRIPTS[self.script](order)

    locate = export = erase = rectify = restrict = expire = notify = _answer


@pytest.fixture(autouse=True)
def _wired():
    """Only what this floor owns listens; upper floors have tests of their own."""
    connections.register(
        {"scripted": f"{__name__}.ScriptedConnector", "http": f"{__name__}.ScriptedConnector"}
    )
    record.subscribe({})
    ScriptedConnector.SCRIPTS.clear()
    ScriptedConnector.HEARD.clear()
    yield
    connections.register(wiring.CONNECTORS)
    record.subscribe(wiring.HANDLERS)


@pytest.fixture
def heard() -> list[Order]:
    return ScriptedConnector.HEARD


@dataclass
class House:
    controller: Any
    now: Any
    cause: asking.Cause = field(
        default_factory=lambda: asking.Cause(CauseKind.REQUEST, uuid4(), correlation_id=uuid4())
    )
    subject: Any = None

    def system(
        self, code: str, script: Callable[[Order], Outcome] | None = None, **fields: Any
    ) -> Connection:
        """A connection whose system answers with `script`."""
        options = {"script": code, "repeatable": fields.pop("repeatable", True)}
        ScriptedConnector.SCRIPTS[code] = script or (lambda order: Outcome(rows_left=0))
        facts = {"kind": "scripted", "controller": self.controller, "options": options}
        return Connection.objects.create(code=code, **{**facts, **fields})

    def ask(self, connection: Connection, verb: Verb = Verb.ERASE, **more: Any) -> SystemTask:
        facts = {"cause": self.cause, "due_at": self.now + timedelta(days=30), "by": OFFICER, "now": self.now}
        return asking.ask(connection, verb, **{"subject_id": self.subject.pk, **facts, **more})

    def ask_graph(self, *asks: asking.Ask) -> dict[str, SystemTask]:
        return asking.ask_graph(
            asks, cause=self.cause, due_at=self.now + timedelta(days=30), by=OFFICER, now=self.now
        )


@pytest.fixture
def house(controller, noon) -> House:
    house = House(controller(), noon)
    house.subject = subjects.remember(
        controller_id=house.controller.pk, identifiers={"email": "ann@example.org"}, now=noon
    )
    return house


@pytest.fixture
def staff(db):
    """`staff(controller, Role.DPO)` is a user with that role there."""

    def make(controller: Any, role: Role, email: str = "") -> User:
        user = User.objects.create_user(
            email or f"{role}-{uuid4().hex[:6]}@acme.example", None, name=str(role)
        )
        Membership.objects.create(user=user, controller=controller, role=role)
        return user

    return make
