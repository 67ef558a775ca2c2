"""Words every app uses, each with its W3C DPV 2.3 term where one exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.db.models import TextChoices


class Law(TextChoices):
    """Laws by the names used in the rule table; more are data, these are the ones code names."""

    GDPR = "GDPR", "GDPR"
    UK_GDPR = "UK GDPR", "UK GDPR"
    CCPA = "CCPA", "CCPA"


class LegalBasis(TextChoices):
    """GDPR Art. 6(1)(a)–(f): why a processing is lawful. Not what it is for (that is a purpose)."""

    CONSENT = "consent", "Consent, Art. 6(1)(a)"
    CONTRACT = "contract", "Contract, Art. 6(1)(b)"
    LEGAL_OBLIGATION = "legal_obligation", "Legal obligation, Art. 6(1)(c)"
    VITAL_INTERESTS = "vital_interests", "Vital interests, Art. 6(1)(d)"
    PUBLIC_TASK = "public_task", "Public task, Art. 6(1)(e)"
    LEGITIMATE_INTERESTS = "legitimate_interests", "Legitimate interests, Art. 6(1)(f)"

    @property
    def dpv(self) -> str:
        letters = {
            "consent": "a",
            "contract": "b",
            "legal_obligation": "c",
            "vital_interests": "d",
            "public_task": "e",
            "legitimate_interests": "f",
        }
        return f"eu-gdpr:A6-1-{letters[self.value]}"


class DataCategory(TextChoices):
    """Categories of personal data; the special ones of GDPR Art. 9 and the criminal ones of Art. 10 apart."""

    NONE = "none", "No personal data"
    IDENTITY = "identity", "Identity"
    CONTACT = "contact", "Contact"
    LOCATION = "location", "Location"
    FINANCIAL = "financial", "Financial"
    TRANSACTION = "transaction", "Transactions"
    BEHAVIOUR = "behaviour", "Behaviour"
    DEVICE = "device", "Device and network"
    PREFERENCE = "preference", "Preferences"
    COMMUNICATION = "communication", "Communication"
    PROFESSIONAL = "professional", "Professional life"
    CREDENTIAL = "credential", "Credentials"
    HEALTH = "health", "Health (Art. 9)"
    GENETIC = "genetic", "Genetic data (Art. 9)"
    BIOMETRIC = "biometric", "Biometric data (Art. 9)"
    ORIGIN = "origin", "Racial or ethnic origin (Art. 9)"
    BELIEF = "belief", "Religious or philosophical belief (Art. 9)"
    POLITICS = "politics", "Political opinion (Art. 9)"
    UNION = "union", "Trade union membership (Art. 9)"
    SEX_LIFE = "sex_life", "Sex life or orientation (Art. 9)"
    CRIMINAL = "criminal", "Criminal convictions (Art. 10)"

    @property
    def is_special(self) -> bool:
        return "(Art. 9)" in self.label


class Right(TextChoices):
    """What a person may ask for (GDPR Arts 15–22; CCPA 1798.100–121)."""

    ACCESS = "access", "See my data"
    RECTIFICATION = "rectification", "Correct my data"
    ERASURE = "erasure", "Erase my data"
    RESTRICTION = "restriction", "Pause the use of my data"
    PORTABILITY = "portability", "Take my data with me"
    OBJECTION = "objection", "Object to the use of my data"
    HUMAN_REVIEW = "human_review", "Have a human look at a decision"
    OPT_OUT = "opt_out", "Do not sell or share my data"
    LIMIT = "limit", "Limit the use of my sensitive data"


class Verb(TextChoices):
    """The seven things that can be asked of a system."""

    LOCATE = "locate", "Locate"
    EXPORT = "export", "Export"
    ERASE = "erase", "Erase"
    RECTIFY = "rectify", "Rectify"
    RESTRICT = "restrict", "Restrict"
    EXPIRE = "expire", "Expire"
    NOTIFY = "notify", "Notify"


class IdentifierKind(TextChoices):
    """By what a person is found in a system."""

    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Phone number"
    CUSTOMER_ID = "customer_id", "Customer number"
    DEVICE_ID = "device_id", "Device id"


class CauseKind(TextChoices):
    """Why a task exists: the kind of case whose id stands beside it."""

    REQUEST = "request", "Subject request"
    LOCATION = "location", "Dry run of a subject request"
    WITHDRAWAL = "withdrawal", "Consent change"
    SWEEP = "sweep", "Retention sweep"
    BREACH = "breach", "Breach"
    MESSAGE = "message", "Mail to a person"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a kind and an opaque reference, never a name or an address."""

    kind: str
    ref: str

    @classmethod
    def staff(cls, pk: object) -> Self:
        return cls("staff", str(pk))

    @classmethod
    def subject(cls, pk: object) -> Self:
        return cls("subject", str(pk))

    @classmethod
    def service(cls, code: str) -> Self:
        return cls("service", code)

    @classmethod
    def system(cls, code: str) -> Self:
        return cls("system", code)

    @classmethod
    def parse(cls, text: str) -> Self:
        kind, _, ref = text.partition(":")
        return cls(kind, ref)

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number on the home page; it always links to the rows it counts. `tone` is a status word of web/tones.py."""

    label: str
    value: int
    url: str
    tone: str = "info"
    note: str = ""
