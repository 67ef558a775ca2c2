"""What staff see first: numbers that lead to their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from consent.models import CurrentDecision
from consent.queries.propagation import late_withdrawals
from consent.queries.purposes import purposes
from consent.states import Choice
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import LegalBasis, Tile


@dataclass(frozen=True, slots=True)
class PurposeCount:
    """How many people stand where with one purpose."""

    purpose: Any
    counts: dict[str, int]

    def cells(self) -> list[tuple[str, str, int]]:
        """Code, word and number of every choice."""
        return [(code, label, self.counts.get(code, 0)) for code, label in Choice.choices]


def counts_by_purpose(reach: Reach) -> list[PurposeCount]:
    """Every purpose that rests on consent, with the number of people per choice."""
    rows = CurrentDecision.objects.within(reach).values("purpose_id", "choice").annotate(people=Count("pk"))
    counted: dict[Any, dict[str, int]] = {}
    for row in rows.order_by():
        counted.setdefault(row["purpose_id"], {})[row["choice"]] = row["people"]
    asked = purposes().filter(controller_id__in=reach.controller_ids).select_related("controller")
    listed = asked.filter(legal_basis=LegalBasis.CONSENT).order_by("controller__code", "code", "pk")
    return [PurposeCount(purpose, counted.get(purpose.pk, {})) for purpose in listed]


def tiles(reach: Reach, now: datetime) -> list[Tile]:
    """For the home page: withdrawals on which a system is late."""
    seen = reach.where(Permission.SEE_CONSENTS)
    if not seen:
        return []
    late = late_withdrawals(seen, now=now).count()
    return [Tile("Withdrawals a system is late on", late, "/consents/withdrawals/?state=late", tone="late")]
