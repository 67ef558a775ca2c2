"""Numbers for the home page; each leads to the rows it counts."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from governance.models import Breach, Hold, Sweep
from governance.queries.breaches import running_clocks
from governance.states import BreachStatus, SweepStatus
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Tile


def tiles(reach: Reach, now: datetime) -> list[Tile]:
    """Only numbers whose list this person may open."""
    return [*_breach_tiles(reach, now), *_retention_tiles(reach, now)]


def _breach_tiles(reach: Reach, now: datetime) -> list[Tile]:
    if not reach.can_anywhere(Permission.SEE_BREACHES):
        return []
    url = reverse("governance:breach_list")
    undecided = Breach.objects.within(reach).filter(status=BreachStatus.OPEN).count()
    late = running_clocks(reach).filter(due_at__lt=now).count()
    return [
        Tile("Breaches to assess", undecided, f"{url}?status=open", tone="soon"),
        Tile("Breach clocks past due", late, f"{url}?late=1", tone="late"),
    ]


def _retention_tiles(reach: Reach, now: datetime) -> list[Tile]:
    if not reach.can_anywhere(Permission.SEE_RETENTION):
        return []
    url = reverse("governance:sweep_list")
    waiting = Sweep.objects.within(reach).filter(status=SweepStatus.AWAITING_RELEASE).count()
    reviews = Hold.objects.within(reach).in_force().filter(review_on__lte=now.date()).count()
    return [
        Tile("Sweeps awaiting release", waiting, f"{url}?status=awaiting_release", tone="person"),
        Tile("Holds to review", reviews, f"{reverse('governance:hold_list')}?review=1", tone="soon"),
    ]
