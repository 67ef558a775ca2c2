"""What each person left in each system, some of it old, so that retention has work."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from privacy_portal.demo.people import SEED, Person

Row = dict[str, Any]
Rows = dict[str, list[Row]]

ARCHIVED_PER_HUNDRED = 4
_DORMANT_PER_HUNDRED = 8
_PAGES = ("/", "/books", "/lamps", "/garden", "/basket", "/checkout", "/help", "/account")
_SEGMENTS = ("browses", "buys often", "buys rarely", "comes back", "looks for gifts")
_CAMPAIGNS = ("spring", "summer sale", "back to school", "winter lights", "new arrivals")


def rows_of(people: Iterable[Person], *, today: date, seed: int = SEED) -> Rows:
    """Rows by table of all stores; each person has a chance of their own, so that nobody's life moves another's."""
    rows: Rows = defaultdict(list)
    for person in people:
        _live(person, today, random.Random(f"{seed}:{person.number}"), rows)
    for table in ("addresses", "phones", "orders", "invoices"):
        for key, row in enumerate(rows[table], start=1):
            row["id"] = key
    return rows


def letter_of(person: Person, today: date) -> str | None:
    """The text of the person's letter in the archive, if there is one."""
    chance = random.Random(f"letter:{person.number}")
    if not person.is_lead and chance.random() * 100 >= ARCHIVED_PER_HUNDRED:
        return None
    written = today - timedelta(days=chance.randint(30, 900))
    return (
        f"Letters archive, binder {written.year}\nReceived: {written.isoformat()}\n"
        f"From: {person.name}, {person.address}\n\n"
        f"Dear Sir or Madam,\n\nplease note that I have moved to the address above.\n"
        f"My customer number is {person.customer_id}.\n\nYours faithfully,\n{person.name}\n"
    )


def _live(person: Person, today: date, chance: random.Random, rows: Rows) -> None:
    dormant = not person.is_lead and chance.random() * 100 < _DORMANT_PER_HUNDRED
    joined = _moment(today, chance, 1200, 3900)
    last_login = _moment(today, chance, 1130, 1190) if dormant else _moment(today, chance, 1, 900)
    _account(person, joined, last_login, chance, rows)
    _orders(person, today, chance, rows)
    if person.statistics:
        _visits(person, today, chance, rows)
    if person.newsletter:
        _campaigns(person, joined, today, chance, rows)


def _account(
    person: Person, joined: datetime, last_login: datetime, chance: random.Random, rows: Rows
) -> None:
    rows["accounts"].append(
        {
            "id": person.customer_id,
            "email": person.email,
            "name": person.name,
            "birth_date": person.birth_date,
            "country": person.region.country,
            "created_at": joined,
            "last_login_at": last_login,
            "marketing_opt_in": person.newsletter,
            "restricted_at": None,
        }
    )
    for _ in range(2 if person.is_lead else chance.randint(1, 2)):
        address = {"line1": person.street, "city": person.town, "postcode": person.postcode}
        rows["addresses"].append(
            {"account_id": person.customer_id, "country": person.region.country, **address}
        )
    if person.is_lead or chance.random() < 0.7:
        rows["phones"].append({"account_id": person.customer_id, "number": person.phone})


def _orders(person: Person, today: date, chance: random.Random, rows: Rows) -> None:
    """A lead has one order inside the seven years of the statute and one beyond them."""
    days = [chance.randint(100, 1500), chance.randint(2700, 3500)] if person.is_lead else []
    days += [
        chance.randint(5, 2500) if chance.random() < 0.9 else chance.randint(2600, 3600)
        for _ in range(chance.randint(0, 3))
    ]
    for ago in sorted(days, reverse=True):
        placed = _moment(today, chance, ago, ago)
        total = {"total_cents": chance.randint(500, 30_000)}
        rows["orders"].append(
            {
                "customer_id": person.customer_id,
                "email": person.email,
                "placed_at": placed,
                "currency": person.region.currency,
                "shipping_name": person.name,
                "shipping_address": person.address,
                **total,
            }
        )
        issued = placed.date() + timedelta(days=1)
        rows["invoices"].append(
            {
                "customer_id": person.customer_id,
                "number": f"INV-{issued.year}-{len(rows['invoices']) + 1:05d}",
                "issued_on": issued,
                "name": person.name,
                "address": person.address,
                **total,
            }
        )


def _visits(person: Person, today: date, chance: random.Random, rows: Rows) -> None:
    visits = [_moment(today, chance, 1, 700) for _ in range(chance.randint(2, 9))]
    if person.is_lead:
        visits += [_moment(today, chance, 1, 300), _moment(today, chance, 500, 700)]
    profile = {
        "customer_id": person.customer_id,
        "device_id": person.device_id,
        "segment": chance.choice(_SEGMENTS),
    }
    rows["profiles"].append({**profile, "last_seen_at": max(visits).isoformat(), "restricted_at": None})
    for at in sorted(visits):
        visit = {"customer_id": person.customer_id, "kind": chance.choice(("visit", "visit", "purchase"))}
        rows["events"].append({**visit, "page": chance.choice(_PAGES), "at": at.isoformat()})


def _campaigns(person: Person, joined: datetime, today: date, chance: random.Random, rows: Rows) -> None:
    opened = _moment(today, chance, 1, 300) if person.is_lead else _moment(today, chance, 1, 850)
    rows["subscribers"].append(
        {
            "customer_id": person.customer_id,
            "email": person.email,
            "name": person.name,
            "subscribed_at": joined.isoformat(),
            "last_opened_at": opened.isoformat(),
            "restricted_at": None,
        }
    )
    for _ in range(chance.randint(1, 4)):
        sent = _moment(today, chance, 1, 900)
        send = {"email": person.email, "campaign": chance.choice(_CAMPAIGNS)}
        rows["campaign_sends"].append({**send, "sent_at": sent.isoformat()})


def _moment(today: date, chance: random.Random, earliest: int, latest: int) -> datetime:
    """Some second of a day that lies so many days back."""
    day = today - timedelta(days=chance.randint(earliest, latest))
    return datetime.combine(
        day, time(chance.randint(6, 22), chance.randrange(60), chance.randrange(60)), tzinfo=UTC
    )
