"""What may be kept from an erasure, what an access answer must hold, and what it must never show: dated data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

_GDPR: Final = date(2018, 5, 25)
_CPRA: Final = date(2023, 1, 1)
_REGS: Final = date(2023, 3, 29)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One dated item of law: what its article says, in a few words that can stand in a letter."""

    law: str
    article: str
    says: str
    valid_from: date
    valid_to: date | None = None

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def in_force(provisions: Iterable[Provision], *, law: str, on: date) -> list[Provision]:
    """Those of a law that hold on a day, in the order of the law."""
    return [provision for provision in provisions if provision.law == law and provision.in_force(on)]


def _gdpr(prefix: str, items: dict[str, str]) -> tuple[Provision, ...]:
    """The same articles stand in the GDPR and in the UK GDPR."""
    return tuple(
        Provision(law=law, article=f"{law} Art. {prefix}{number}", says=says, valid_from=_GDPR)
        for law in ("GDPR", "UK GDPR")
        for number, says in items.items()
    )


def _ccpa(prefix: str, valid_from: date, items: dict[str, str]) -> tuple[Provision, ...]:
    return tuple(
        Provision(law="CCPA", article=f"{prefix}{number}", says=says, valid_from=valid_from)
        for number, says in items.items()
    )


ERASURE_GROUNDS: Final = _gdpr("17(1)", {
    "(a)": "the data are no longer necessary",
    "(b)": "consent was withdrawn and there is no other legal basis",
    "(c)": "the person objected and no overriding grounds remain, or objected to direct marketing",
    "(d)": "the data were processed unlawfully",
    "(e)": "a legal obligation requires erasure",
    "(f)": "the data come from online services offered to a child (Art. 8(1))",
})  # fmt: skip

ERASURE_EXCEPTIONS: Final = _gdpr("17(3)", {
    "(a)": "freedom of expression and information",
    "(b)": "a legal obligation, a task in the public interest or official authority",
    "(c)": "public health (Art. 9(2)(h), (i), 9(3))",
    "(d)": "archiving, research or statistics (Art. 89(1)) that erasure would seriously impair",
    "(e)": "establishing, exercising or defending legal claims",
}) + _ccpa("Cal. Civ. Code § 1798.105(d)", _CPRA, {
    "(1)": "completing the transaction, warranty or service asked for or reasonably expected",
    "(2)": "security and integrity, as far as necessary and proportionate",
    "(3)": "finding and repairing errors",
    "(4)": "free speech",
    "(5)": "the California Electronic Communications Privacy Act (Penal Code § 1546)",
    "(6)": "public or peer-reviewed research with informed consent",
    "(7)": "internal uses reasonably aligned with expectations",
    "(8)": "a legal obligation",
})  # fmt: skip

ERASURE_DUTIES: Final = _gdpr("", {
    "17(2)": "if the data were made public, take reasonable steps to tell other controllers",
    "19": "tell each recipient, unless impossible or disproportionate, and name the recipients on request",
}) + _ccpa("11 CCR ", _REGS, {
    "7022(d)": "data in archives and backups may wait until they are restored, accessed or used",
    "7022(f)": "delete what no exception covers, use the rest for nothing else, and tell the person",
    "7101": "keep a record of the request",
})  # fmt: skip

ACCESS_ITEMS: Final = _gdpr("", {
    "15(1)": "confirmation whether data are processed",
    "15(1)(a)": "purposes",
    "15(1)(b)": "categories of personal data",
    "15(1)(c)": "recipients or categories of recipients; the actual ones on request (CJEU C-154/21)",
    "15(1)(d)": "envisaged storage period, or the criteria for it",
    "15(1)(e)": "rights to rectification, erasure, restriction and objection",
    "15(1)(f)": "right to complain to a supervisory authority",
    "15(1)(g)": "source of the data, if not from the person",
    "15(1)(h)": "automated decisions: logic, significance, consequences (CJEU C-203/22)",
    "15(2)": "safeguards for transfers to third countries (Art. 46)",
    "15(3)": "copy of the data; the first is free, electronic if asked for electronically",
    "15(4)": "what was withheld so as not to affect others, and why",
})  # fmt: skip

PORTABILITY_CONDITIONS: Final = _gdpr("20", {
    "(1)": "only data the person provided, observed data included, in a machine-readable format",
    "(1)(a)": "only where the basis is consent or a contract",
    "(1)(b)": "only where the processing is automated",
    "(2)": "sent directly to another controller where feasible",
})  # fmt: skip

# An answer says that these are held, without showing them.
NEVER_DISCLOSED: Final = tuple(
    Provision(law="CCPA", article="11 CCR 7024(d)", says=says, valid_from=_REGS)
    for says in (
        "social security number",
        "driver's licence or other government identification number",
        "financial account number",
        "health insurance or medical identification number",
        "account password",
        "security question or answer",
        "biometric data",
    )
)
