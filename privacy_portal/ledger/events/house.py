"""What happens in this house itself: who came in, who may do what, and whether the ledger holds."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from privacy_portal.ledger.facts import Code, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSignedIn(Fact):
    """A member of staff signed in; the actor says who."""

    method: Code | None = None
    second_factor: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(Fact):
    """A member of staff was given a role at this controller."""

    staff_id: int
    role: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRevoked(Fact):
    """A role at this controller was taken from a member of staff; a changed role is one taken and one given."""

    staff_id: int
    role: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRetried(Fact):
    """A person had a given-up handler tried again."""

    delivery_id: int
    event_id: UUID
    handler: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerVerified(Fact):
    """Somebody had the whole ledger checked; `broken_at` is the position of the first break."""

    size: int
    holds: bool
    broken_at: int | None = None
    unsealed: int | None = None
