"""The demo company's register, with stores that a test can fill and look into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from governance.actions.manifest.load import load_manifest
from governance.models import System
from privacy_portal import wiring
from privacy_portal.connectors.base import DatasetOutcome, Order, Outcome, Refused, Unreachable
from privacy_portal.fanout import connections, letters
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor

COMPANY = settings.BASE_DIR / "privacy_portal" / "demo" / "company.yaml"
ENVIRON = {
    "USER_SERVICE_URL": "sqlite:////nowhere/user.sqlite3",
    "PAYMENT_SERVICE_URL": "sqlite:////nowhere/payment.sqlite3",
    "ANALYTICS_SERVICE_URL": "http://127.0.0.1:9",
    "ANALYTICS_SERVICE_SECRET": "whsec_YW5hbHl0aWNz",
    "MARKETING_SERVICE_URL": "http://127.0.0.1:9",
    "MARKETING_SERVICE_SECRET": "whsec_bWFya2V0aW5n",
}
LETTERS = {
    "breach_reported": "governance.letters.report_letter",
    "breach_deadline": "governance.letters.deadline_letter",
}
LOADER = Actor.system("register")


@dataclass
class Row:
    started_at: datetime
    email: str = ""


@dataclass
class Stores:
    """What the systems hold: dataset → rows; and what they were asked."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    heard: list[tuple[str, Order]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    sticky: set[str] = field(default_factory=set)

    def fill(self, dataset: str, number: int, started_at: datetime, email: str = "") -> None:
        self.rows.setdefault(dataset, []).extend(Row(started_at, email) for _ in range(number))

    def orders(self, verb: str) -> list[Order]:
        return [order for _kind, order in self.heard if order.verb == verb]


STORES = Stores()


class Store:
    """A system with an honest `expire`: it counts, deletes up to the limit, spares held people, counts again."""

    repeatable = True

    def __init__(self, options: dict[str, Any], **_: Any) -> None:
        self.names = [dataset["name"] for dataset in options.get("datasets", ())]

    def expire(self, order: Order) -> Outcome:
        STORES.heard.append((",".join(self.names), order))
        dataset = order.instructions["dataset"]
        if dataset in STORES.broken:
            raise Refused("no_such_dataset")
        before = datetime.fromisoformat(order.instructions["before"])
        held = {identifier.value for identifier in order.identifiers}
        due = [row for row in STORES.rows.get(dataset, []) if row.started_at < before]
        free = [row for row in due if row.email not in held]
        counts = {"dataset": dataset, "found": len(free)}
        if order.instructions["dry_run"]:
            return Outcome(datasets=(DatasetOutcome(**counts),), evidence="a" * 64)
        gone = [] if dataset in STORES.sticky else free[: order.instructions["limit"]]
        for row in gone:
            STORES.rows[dataset].remove(row)
        left = len(free) - len(gone)
        outcome = DatasetOutcome(**counts, erased=len(gone), left=left)
        return Outcome(datasets=(outcome,), rows_left=left, evidence=f"{left:064d}")

    def notify(self, order: Order) -> Outcome:
        STORES.heard.append((",".join(self.names), order))
        if "unreachable" in STORES.broken:
            raise Unreachable("no_connection")
        return Outcome(actions=tuple(order.instructions.get("actions", ())))

    locate = export = erase = rectify = restrict = notify


@pytest.fixture
def stores():
    """Systems of all outside kinds are stores of this test; mail is remembered, not sent."""
    own = f"{__name__}.Store"
    connections.register({**wiring.CONNECTORS, "sql": own, "http": own, "mail": own})
    letters.register({**wiring.LETTERS, **LETTERS})
    STORES.__init__()
    yield STORES
    connections.register(wiring.CONNECTORS)
    letters.register(wiring.LETTERS)


@pytest.fixture
def load(db, noon) -> Callable[..., Any]:
    def run(
        text: str = "", *, environ: dict[str, str] | None = None, prune: bool = False, now: datetime = noon
    ):
        environ = ENVIRON if environ is None else environ
        return load_manifest(
            text=text or COMPANY.read_text(), environ=environ, prune=prune, by=LOADER, now=now
        )

    return run


@pytest.fixture
def company(load) -> Controller:
    """The demo company, loaded; returns Aurora."""
    load()
    return Controller.objects.get(code="aurora")


@pytest.fixture
def borealis(company) -> Controller:
    return Controller.objects.get(code="borealis")


@pytest.fixture
def system(company) -> Callable[[str], System]:
    return lambda code: System.objects.get(code=code)


@pytest.fixture
def staff(db):
    """`staff(controller, Role.DPO)` is a signed-in browser of somebody with that role there."""
    from django.test import Client

    def make(controller: Controller, role: Role, **fields: Any) -> Client:
        user = User.objects.create_user(
            f"{role}@{controller.code}.example", "a long password", name=str(role), **fields
        )
        Membership.objects.create(user=user, controller=controller, role=role)
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


@pytest.fixture
def years_ago(noon) -> Callable[[float], datetime]:
    return lambda years: noon - timedelta(days=365.25 * years)
