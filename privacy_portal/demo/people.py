"""A thousand people who do not exist: the same ones for the same seed, in the European Union and in California."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from privacy_portal.demo.names import IRELAND, REGIONS, Region

SEED = 20261121
COUNT = 1000
_EPOCH = date(1940, 1, 1)
_ADULTS_BORN_WITHIN_DAYS = 24_000
_LETTERS = str.maketrans({"ł": "l", "ß": "ss", "ı": "i", "ø": "o"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is. What they did is in lives.py."""

    number: int
    region: Region
    first_name: str
    last_name: str
    email: str
    phone: str
    birth_date: date
    street: str
    town: str
    postcode: str
    device_id: str
    newsletter: bool
    statistics: bool

    @property
    def customer_id(self) -> str:
        return f"C-{10000 + self.number}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postcode} {self.town}, {self.region.country}"

    @property
    def identifiers(self) -> dict[str, str]:
        return {"email": self.email, "customer_id": self.customer_id}

    @property
    def is_lead(self) -> bool:
        """The first few are the ones the demo tells of: they have something in every system."""
        return self.number < LEADS


LEADS = 12


def generate(count: int = COUNT, seed: int = SEED) -> list[Person]:
    """The first `count` people of this seed."""
    chance = random.Random(seed)
    return [_person(number, chance) for number in range(count)]


def _person(number: int, chance: random.Random) -> Person:
    drawn = chance.choices(REGIONS, weights=[region.weight for region in REGIONS])[0]
    region = IRELAND if number == 0 else drawn
    first_name, last_name = chance.choice(region.first_names), chance.choice(region.last_names)
    town, postcode = chance.choice(region.towns)
    lead = number < LEADS
    return Person(
        number=number,
        region=region,
        first_name=first_name,
        last_name=last_name,
        email=f"{_address_part(first_name)}.{_address_part(last_name)}.{number}@{chance.choice(_DOMAINS)}",
        phone=_with_digits(region.phone, chance),
        birth_date=_EPOCH + timedelta(days=chance.randrange(_ADULTS_BORN_WITHIN_DAYS)),
        street=_street(region, chance),
        town=town,
        postcode=_with_digits(postcode, chance),
        device_id=f"{chance.getrandbits(64):016x}",
        newsletter=chance.random() < 0.55 or lead,
        statistics=chance.random() < 0.4 or lead,
    )


_DOMAINS = ("example.org", "example.net", "example.com", "mail.example.org")


def _street(region: Region, chance: random.Random) -> str:
    street, house = chance.choice(region.streets), chance.randint(1, 180)
    return f"{house} {street}" if region.language == "en" and region.country != "PL" else f"{street} {house}"


def _with_digits(pattern: str, chance: random.Random) -> str:
    return re.sub("#", lambda _hash: str(chance.randrange(10)), pattern)


def _address_part(name: str) -> str:
    """Small letters without accents, as they stand in an e-mail address."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return re.sub(r"[^a-z]", "", plain)
