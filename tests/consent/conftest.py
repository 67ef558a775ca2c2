"""The world of consent: a controller, somebody, a purpose that one system works for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from consent.actions import decisions, notices
from consent.models import Decision
from governance.models import ProcessingActivity, Purpose, System
from privacy_portal import subjects
from privacy_portal.fanout.models import Connection
from privacy_portal.vocabulary import Actor

SHOP = Actor.service("shop")
WORDS = {"en": {"title": "Newsletter", "body": "We send you news once a month."}}


@pytest.fixture
def acme(controller):
    return controller()


@pytest.fixture
def ann(acme, noon):
    return subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)


@pytest.fixture
def system(acme, noon):
    def make(code: str = "crm", of=acme, **fields: object) -> System:
        connection = Connection.objects.create(controller=of, code=code, kind="fake")
        facts = {"name": code.upper(), "kind": "fake", "country": "IE", "registered_at": noon, **fields}
        return System.objects.create(controller=of, connection=connection, code=code, **facts)

    return make


@pytest.fixture
def purpose(acme, system):
    """Makes purposes with one system each: `purpose()` is the newsletter, on consent."""

    def make(code: str = "newsletter", basis: str = "consent", of=acme, **fields: object) -> Purpose:
        name = code.replace("_", " ").capitalize()
        facts = {"names": {"en": name}, "texts": {"en": f"{name} in plain words."}, "categories": ["contact"]}
        made = Purpose.objects.create(controller=of, code=code, legal_basis=basis, **{**facts, **fields})
        ProcessingActivity.objects.create(
            purpose=made,
            system=system(f"{code}-system".replace("_", "-"), of=of),
            does="sends it",
            actions={"consent_withdrawn": ["stop_processing"]},
        )
        return made

    return make


@pytest.fixture
def newsletter(purpose):
    return purpose()


@pytest.fixture
def notice(newsletter, acme, noon):
    return notices.publish_version(
        controller_id=acme.pk, purpose="newsletter", texts=WORDS, by=Actor.staff(1), now=noon
    )


@pytest.fixture
def give(acme, ann, newsletter, noon):
    """`give()` records Ann's yes to the newsletter at noon."""

    def act(
        purpose: str = "newsletter", subject_id: UUID = ann.pk, now: datetime = noon, **more: object
    ) -> Decision:
        return decisions.record_consent(
            controller_id=acme.pk, subject_id=subject_id, purpose=purpose, by=SHOP, now=now, **more
        )

    return act


@pytest.fixture
def refuse(acme, ann, newsletter, noon):
    def act(
        purpose: str = "newsletter", subject_id: UUID = ann.pk, now: datetime = noon, **more: object
    ) -> Decision:
        return decisions.refuse_consent(
            controller_id=acme.pk, subject_id=subject_id, purpose=purpose, by=SHOP, now=now, **more
        )

    return act


@pytest.fixture
def withdraw(acme, ann, newsletter, noon):
    def act(
        purpose: str = "newsletter", subject_id: UUID = ann.pk, now: datetime = noon, **more: object
    ) -> Decision:
        return decisions.withdraw_consent(
            controller_id=acme.pk, subject_id=subject_id, purpose=purpose, by=SHOP, now=now, **more
        )

    return act
