"""What happens to a consent. The person is the event's `subject_id`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from privacy_portal.ledger.facts import Code, Digest, Fact, LawName


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Fact):
    """A person said yes to one purpose after seeing one version of its notice (GDPR Art. 4(11), 7(1))."""

    purpose: Code
    decision_id: UUID | None = None
    law: LawName | None = None
    notice_version: int | None = None
    channel: Code | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRenewed(ConsentGiven):
    """A person said yes again while their yes still stood: new proof and a new term, and no system starts or stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Fact):
    """A person took a consent back; processing on that ground ends (GDPR Art. 7(3))."""

    purpose: Code
    decision_id: UUID | None = None
    law: LawName | None = None
    channel: Code | None = None
    acknowledge_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentExpired(Fact):
    """A consent reached its last day without renewal; its effect is that of a withdrawal."""

    purpose: Code
    decision_id: UUID | None = None
    law: LawName | None = None
    expired_on: date | None = None
    acknowledge_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRefused(Fact):
    """A person was asked and said no; nothing may rest on this purpose (GDPR Art. 7(4))."""

    purpose: Code
    decision_id: UUID | None = None
    law: LawName | None = None
    notice_version: int | None = None
    channel: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPending(Fact):
    """A person was asked and has not confirmed yet, as in a double opt-in; it counts as no."""

    purpose: Code
    decision_id: UUID | None = None
    law: LawName | None = None
    notice_version: int | None = None
    channel: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePublished(Fact):
    """A version of a notice's text became the one that is shown; `text_hash` proves which (GDPR Art. 13)."""

    purpose: Code
    notice_version: int
    notice_id: UUID | None = None
    language: Code | None = None
    text_hash: Digest | None = None
