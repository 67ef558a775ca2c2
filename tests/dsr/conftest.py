"""The world of requests: a controller with two real SQL stores, staff of three roles, and a way through the doors."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from django.core import mail

from governance.models import System
from privacy_portal.fanout.models import Connection
from privacy_portal.staff.models import Membership, User
from tests.api.conftest import _no_token_is_remembered, as_service, token_for  # noqa: F401

SHOP = [
    {
        "name": "accounts",
        "table": "accounts",
        "key": "id",
        "identity": {"customer_id": "id", "email": "email"},
        "fields": [
            {"name": "email", "category": "contact", "erase": "delete"},
            {"name": "name", "category": "identity", "erase": "delete"},
        ],
    }
]
BOOKS = [
    {
        "name": "invoices",
        "table": "invoices",
        "key": "id",
        "identity": {"customer_id": "customer_id"},
        "fields": [
            {
                "name": "name",
                "category": "identity",
                "erase": "keep",
                "reason": "Invoices are kept seven years",
                "article": "GDPR Art. 17(3)(b)",
                "statute": "AO § 147",
                "start": "issued_on",
                "period": "P7Y",
            },
            {"name": "note", "category": "communication", "erase": "null"},
        ],
    }
]


@pytest.fixture
def acme(controller):
    return controller()


@pytest.fixture
def staff(acme):
    """`staff("dpo")` is signed-up staff of acme with that role; `staff("dpo", of=other)` of another controller."""

    def make(role: str, of=None, name: str = "") -> User:
        name = name or f"{role}-{User.objects.count()}"
        user = User.objects.create_user(f"{name}@example.org", "a-long-password", name=name)
        Membership.objects.create(user=user, controller=of or acme, role=role)
        return user

    return make


@pytest.fixture
def stores(acme, tmp_path, noon):
    """A shop with Ann and Ben, and the books with one invoice of Ann's inside the statute and one after it."""
    engines = {}
    for code, datasets in (("shop", SHOP), ("books", BOOKS)):
        url = f"sqlite:///{tmp_path / code}.db"
        engines[code] = sa.create_engine(url)
        connection = Connection.objects.create(
            controller=acme, code=code, kind="sql", options={"url": url, "datasets": datasets}
        )
        System.objects.create(
            controller=acme,
            connection=connection,
            code=code,
            name=code.title(),
            kind="sql",
            country="IE",
            registered_at=noon,
        )
    with engines["shop"].begin() as shop:
        shop.execute(sa.text("CREATE TABLE accounts (id TEXT PRIMARY KEY, email TEXT, name TEXT)"))
        shop.execute(
            sa.text(
                "INSERT INTO accounts VALUES ('C1', 'ann@example.org', 'Ann'), ('C2', 'ben@example.org', 'Ben')"
            )
        )
    with engines["books"].begin() as books:
        books.execute(
            sa.text(
                "CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer_id TEXT, name TEXT, note TEXT, issued_on DATE)"
            )
        )
        books.execute(
            sa.text(
                "INSERT INTO invoices VALUES (1, 'C1', 'Ann', 'call her', '2025-01-05'),"
                " (2, 'C1', 'Ann', NULL, '2010-01-05'), (3, 'C2', 'Ben', NULL, '2025-01-05')"
            )
        )
    System.objects.get(code="shop").after.add(System.objects.get(code="books"))

    def rows(store: str, query: str) -> list[tuple]:
        with engines[store].connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    return rows


def newest_mail(subject: str = "") -> mail.EmailMessage:
    return [message for message in mail.outbox if subject in message.subject][-1]


def code_in(message: mail.EmailMessage) -> str:
    return re.search(r"\b\d{6}\b", message.body).group()


def link_in(message: mail.EmailMessage) -> str:
    return re.search(r"/privacy/request/\S+", message.body).group()


@pytest.fixture
def planned(acme, stores, drain, noon):
    """`planned("erasure")` is a request whose dry run is done; the person was identified by a service."""
    from dsr.actions import intake
    from dsr.models.intake import Channel
    from privacy_portal.vocabulary import Actor

    def make(right: str = "erasure", email: str = "ann@example.org", law: str = "GDPR", of=None):
        asked = intake.Asked(
            right=right, law=law, identifiers={"email": email}, channel=Channel.API, verified=True
        )
        request = intake.open_request(
            controller_id=(of or acme).pk, asked=asked, by=Actor.service("shop"), now=noon
        )
        drain(now=noon)
        request.refresh_from_db()
        return request

    return make
