"""What happens to personal data, whoever did it: staff, our fan-out, or a system that tells us."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from privacy_portal.ledger.facts import Code, Codes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAccessed(Fact):
    """Somebody saw a person's data; `object_kind` and `object_id` say on what (GDPR Art. 5(2), 32)."""

    object_kind: Code
    object_id: UUID | None = None
    place: Code | None = None
    system: Code | None = None
    categories: Codes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataModified(Fact):
    """A person's data changed in a system: corrected or blanked on request, or a system told us (GDPR Art. 16, 19)."""

    system: Code | None = None
    dataset: Code | None = None
    object_kind: Code | None = None
    object_id: UUID | None = None
    receipt_id: UUID | None = None
    cause_kind: Code | None = None
    cause_id: UUID | None = None
    rows: int | None = None
    categories: Codes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDeleted(Fact):
    """Rows about a person are gone from a system; `rows_left` was counted by asking again (GDPR Art. 17, 5(1)(e))."""

    system: Code | None = None
    dataset: Code | None = None
    object_kind: Code | None = None
    object_id: UUID | None = None
    receipt_id: UUID | None = None
    cause_kind: Code | None = None
    cause_id: UUID | None = None
    rows: int | None = None
    rows_left: int | None = None
    reason: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataExported(Fact):
    """A copy of a person's data left a system or this house (GDPR Art. 15(3), 20)."""

    system: Code | None = None
    object_kind: Code | None = None
    object_id: UUID | None = None
    receipt_id: UUID | None = None
    parcel_id: UUID | None = None
    cause_kind: Code | None = None
    cause_id: UUID | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectMerged(Fact):
    """Two ids turned out to be one person; `subject_id` is the one that stays."""

    from_subject_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectForgotten(Fact):
    """The person's key and identifiers were destroyed; the id in these lines now points at nobody (GDPR Art. 17)."""

    cause_kind: Code | None = None
    cause_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelMade(Fact):
    """Personal data was packed, encrypted and dated to expire; it is on its way to the person (GDPR Art. 32)."""

    parcel_id: UUID
    cause_kind: Code | None = None
    cause_id: UUID | None = None
    task_id: UUID | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Fact):
    """A signed message came in, was checked and stored once; `receipt_id` names the sealed body.

    `cause_kind` repeats the kind, so that handlers may listen to one kind (`message_received:breach`).
    """

    receipt_id: UUID
    kind: Code
    cause_kind: Code | None = None
    connection_id: UUID | None = None
    system: Code | None = None
