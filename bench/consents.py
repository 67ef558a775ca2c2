"""One consent decision read and one consent written, each beside the bare limit, in alternating rounds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from uuid import UUID

from bench import load
from bench.house import House
from consent.models import CurrentDecision
from privacy_portal.demo.people import Person
from privacy_portal.subjects.models import Subject

PURPOSES = ("newsletter", "analytics")
_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds. Latencies in milliseconds, CPU of the server in microseconds an operation."""

    rate: float
    p50: float
    p95: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Pair:
    ours: Figures
    limit: Figures


def reads(house: House, token: str, *, rounds: int, seconds: float) -> Pair:
    subjects = (
        Subject.objects.filter(forgotten_at=None).order_by("created_at", "pk").values_list("pk", flat=True)
    )
    asked = [_decision(subject, purpose) for subject, purpose in zip(subjects, cycle(PURPOSES), strict=False)]
    return _alternate(house, token, asked, rounds=rounds, seconds=seconds)


def writes(house: House, token: str, people: Sequence[Person], *, rounds: int, seconds: float) -> Pair:
    """Each says yes anew: a decision, the standing, a line in the ledger."""
    asked = [_consent(person, purpose) for person, purpose in zip(people, cycle(PURPOSES), strict=False)]
    before = CurrentDecision.objects.count()
    pair = _alternate(house, token, asked, rounds=rounds, seconds=seconds)
    assert CurrentDecision.objects.count() >= before
    return pair


def _decision(subject: UUID, purpose: str) -> load.Asked:
    return "GET", f"/api/v1/decisions?subject={subject}&purpose={purpose}", ""


def _consent(person: Person, purpose: str) -> load.Asked:
    told = {
        "identifiers": {"email": person.email},
        "purpose": purpose,
        "choice": "given",
        "notice_version": 1,
    }
    return "POST", "/api/v1/consents", json.dumps({**told, "language": "en", "interface": "sign-up"})


def _alternate(house: House, token: str, asked: Sequence[load.Asked], *, rounds: int, seconds: float) -> Pair:
    """Ours and the limit in turn, so that whatever else the machine does falls on both; the first round warms up."""
    ours, limit = [], []
    for _round in range(rounds + 1):
        limit.append(_measure(house, "limit", house.limit_port, token, asked, seconds))
        ours.append(_measure(house, "web", house.port, token, asked, seconds))
    return Pair(_medians(ours[1:]), _medians(limit[1:]))


def _measure(
    house: House, name: str, port: int, token: str, asked: Sequence[load.Asked], seconds: float
) -> Figures:
    before = house.cpu(name)
    done = load.run(port, asked, token=token, connections=_CONNECTIONS, seconds=seconds).check("200", "201")
    spent = house.cpu(name) - before
    return Figures(done.rate, done.percentile(0.5), done.percentile(0.95), 1e6 * spent / done.count)


def _medians(rounds: Sequence[Figures]) -> Figures:
    return Figures(
        rate=statistics.median(each.rate for each in rounds),
        p50=statistics.median(each.p50 for each in rounds),
        p95=statistics.median(each.p95 for each in rounds),
        cpu=statistics.median(each.cpu for each in rounds),
    )
