"""Governance's part of the home page: numbers that lead to their rows, running clocks, tonight's sweep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from governance.models import Breach, Hold, Sweep
from governance.queries.breaches import running_clocks
from governance.queries.retention import with_numbers
from governance.states import BreachStatus, SweepStatus
from governance.web.present import ClockView, clock_view
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.vocabulary import Tile


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """A sweep for the home page."""

    url: str
    label: str
    status: str
    status_label: str
    words: str


def tiles(reach: Reach, now: datetime) -> list[Tile]:
    """Only numbers whose list this person may open."""
    breaches, retention = _where(reach, Permission.SEE_BREACHES), _where(reach, Permission.SEE_RETENTION)
    return [
        *(_breach_tiles(breaches, now) if breaches.controller_ids else ()),
        *(_retention_tiles(retention, now) if retention.controller_ids else ()),
    ]


def _breach_tiles(reach: Reach, now: datetime) -> list[Tile]:
    url = reverse("governance:breach_list")
    undecided = Breach.objects.within(reach).filter(status=BreachStatus.OPEN).count()
    late = running_clocks(reach).filter(due_at__lt=now).count()
    return [
        Tile("Breaches to assess", undecided, f"{url}?status=open", tone="soon"),
        Tile("Breach clocks past due", late, f"{url}?late=1", tone="late"),
    ]


def _retention_tiles(reach: Reach, now: datetime) -> list[Tile]:
    url = reverse("governance:sweep_list")
    waiting = Sweep.objects.within(reach).filter(status=SweepStatus.AWAITING_RELEASE).count()
    reviews = Hold.objects.within(reach).in_force().filter(review_on__lte=now.date()).count()
    return [
        Tile("Sweeps awaiting release", waiting, f"{url}?status=awaiting_release", tone="person"),
        Tile("Holds to review", reviews, f"{reverse('governance:hold_list')}?review=1", tone="soon"),
    ]


def running_breaches(reach: Reach, now: datetime) -> list[ClockView]:
    """For the home page."""
    clocks = running_clocks(_where(reach, Permission.SEE_BREACHES))
    return [clock_view(clock, now) for clock in clocks[:6]]


def latest_sweep(reach: Reach, now: datetime) -> SweepSummary | None:
    """The one that needs a person, else the newest."""
    sweeps = with_numbers(Sweep.objects.within(_where(reach, Permission.SEE_RETENTION)))
    waiting = sweeps.filter(status=SweepStatus.AWAITING_RELEASE).order_by("-night", "pk").first()
    sweep = waiting or sweeps.order_by("-night", "-planned_at", "pk").first()
    if sweep is None:
        return None
    return SweepSummary(
        url=reverse("governance:sweep_detail", args=[sweep.pk]),
        label=f"{sweep.night:%-d %b %Y}",
        status=sweep.status,
        status_label=SweepStatus(sweep.status).label,
        words=_words(sweep),
    )


def _words(sweep: Sweep) -> str:
    numbers = {name: getattr(sweep, name) or 0 for name in ("expected", "erased", "held", "rows_left")}
    parts = [f"{numbers['expected']} rows past their time", f"{numbers['erased']} erased"]
    parts += [
        f"{numbers[name]} {word}"
        for name, word in (("held", "on hold"), ("rows_left", "left"))
        if numbers[name]
    ]
    return ", ".join(parts) + "."


def _where(reach: Reach, permission: Permission) -> Reach:
    """The home page is open to more people than the lists its parts come from."""
    granted = {pk: held for pk, held in reach.permissions.items() if permission in held}
    return Reach(actor=reach.actor, permissions=granted)
