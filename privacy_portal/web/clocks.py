"""What runs by the clock, when it last did, and how that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy_portal.appointments.models import Appointment
from privacy_portal.appointments.moments import CLOCKS, following, latest
from privacy_portal.staff.roles import Permission
from privacy_portal.web.access import StaffRequest, staff_view
from privacy_portal.wiring import SCHEDULE


@dataclass(frozen=True, slots=True)
class Clock:
    """One line of the page; the finished values of one job."""

    name: str
    because: str
    last: Appointment | None
    status: str
    label: str
    next_at: datetime


@staff_view(Permission.SEE_HOME)
def clocks(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    lines = [
        _clock(name, entry.job, entry.because, now) for name, entry in SCHEDULE.items() if entry.job in CLOCKS
    ]
    return render(request, "portal/clocks.html", {"clocks": sorted(lines, key=lambda line: line.next_at)})


def _clock(name: str, job: str, because: str, now: datetime) -> Clock:
    book = Appointment.objects.filter(job=job)
    last = book.filter(attempts__gte=1).order_by("-due_at").first()
    current = book.filter(due_at=latest(CLOCKS[job], now)).first()  # unique
    status, label = _standing(current, now)
    return Clock(name, because, last, status, label, following(CLOCKS[job], now))


def _standing(current: Appointment | None, now: datetime) -> tuple[str, str]:
    """How it stands with the moment that is due: (code for the badge, words)."""
    if current is None:
        return "waiting", _("Owed: no worker has begun it")
    if current.was_missed:
        return "inactive", _("Begins with its next moment")
    if current.finished_at is not None:
        return "done", _("Done")
    if current.last_error and current.run_after > now:
        return "failed", _("Failed (%(error)s); tried again by itself") % {"error": current.last_error}
    return "running", _("Running")
