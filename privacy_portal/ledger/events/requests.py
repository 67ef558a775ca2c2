"""What happens to a request of a person, from the form to the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from privacy_portal.ledger.facts import Code, Codes, Digest, Fact, LawName


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOpened(Fact):
    """A request came in and its legal clock runs (GDPR Art. 12(3))."""

    request_id: UUID
    right: Code
    law: LawName | None = None
    channel: Code | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityConfirmed(Fact):
    """The person proved to be who they say, by `method` (GDPR Art. 12(6))."""

    request_id: UUID
    method: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRefused(Fact):
    """The proof failed or ran out; nothing about the person was told (GDPR Art. 12(2))."""

    request_id: UUID
    reason: Code | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLocated(Fact):
    """The dry run is done: every system said what it holds, or `missing` could not say."""

    request_id: UUID
    systems: int | None = None
    rows: int | None = None
    missing: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAssigned(Fact):
    """A member of staff took the case on."""

    request_id: UUID
    staff_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAccepted(Fact):
    """A case worker found the request well founded; a second person has yet to approve the plan."""

    request_id: UUID
    right: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproved(Fact):
    """A second person approved the plan; from here systems are asked to act."""

    request_id: UUID
    right: Code | None = None
    plan_hash: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSetAside(Fact):
    """An approved plan was not carried out: `systems` came, went or are described otherwise since it was counted."""

    request_id: UUID
    version: int | None = None
    systems: Codes = ()
    reason: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(Fact):
    """The request was refused on a named ground, which the person is told (GDPR Art. 12(4), 12(5))."""

    request_id: UUID
    reason: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExtended(Fact):
    """The answer was put off once, in time, with a ground the person is told (GDPR Art. 12(3))."""

    request_id: UUID
    due_at: datetime
    reason: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDelayed(Fact):
    """A step waits longer than planned: a system is away or a person must act. The due date does not move."""

    request_id: UUID
    reason: Code | None = None
    system: Code | None = None
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHeld(Fact):
    """A legal hold stands against erasing at `systems`; nothing is asked there until it is lifted (Art. 17(3)(e))."""

    request_id: UUID
    hold_id: UUID
    systems: Codes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReleased(Fact):
    """No legal hold stands against erasing at `systems` any more; they are asked."""

    request_id: UUID
    systems: Codes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered(Fact):
    """The answer is written and its mail asked for; `end_state` says honestly how it ended (GDPR Art. 12(3), 19)."""

    request_id: UUID
    end_state: Code
    right: Code | None = None
    rows_left: int | None = None
    skipped: int | None = None
    on_time: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerNotDelivered(Fact):
    """The mail with the answer came to nothing; until a person sees to it the address is kept (GDPR Art. 12(3))."""

    request_id: UUID
    task_id: UUID | None = None
    reason: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCancelled(Fact):
    """The person took the request back, or it was opened by mistake."""

    request_id: UUID
    reason: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDownloaded(Fact):
    """The package was fetched through its expiring link."""

    request_id: UUID
    parcel_id: UUID | None = None
    formats: Codes = ()
