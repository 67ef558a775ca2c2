"""A ledger with something in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from django.db import transaction

from privacy_portal.ledger.catalogue import ConsentGiven
from privacy_portal.ledger.models import Event
from privacy_portal.ledger.record import record
from privacy_portal.ledger.seal import seal
from privacy_portal.vocabulary import Actor

TESTER = Actor.system("tests")


@pytest.fixture
def write(noon: datetime) -> Callable[..., list[Event]]:
    """`write(3)` records three events, `write(3, controller_id=…)` at a controller; nothing is sealed."""

    def write_events(count: int = 1, **where: UUID) -> list[Event]:
        with transaction.atomic():
            return [
                record(ConsentGiven(purpose=f"purpose_{number}"), by=TESTER, now=noon, **where)
                for number in range(count)
            ]

    return write_events


@pytest.fixture
def sealed(write: Callable[..., list[Event]], noon: datetime) -> Callable[..., list[Event]]:
    """`sealed(3, 2)` records and seals three events, then two: checkpoints of size 3 and 5."""

    def seal_in_turn(*counts: int) -> list[Event]:
        events: list[Event] = []
        for count in counts:
            events += write(count)
            seal(now=noon)
        return events

    return seal_in_turn
