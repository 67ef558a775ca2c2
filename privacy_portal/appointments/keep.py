"""Jobs begin once a moment, whoever calls for them: the scheduler, its twin, or the tick that found them owed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F

from privacy_portal.appointments.models import Appointment, AppointmentQuerySet
from privacy_portal.appointments.moments import CLOCKS, latest

LEASE = timedelta(minutes=20)
"""A worker that is silent for longer is taken for dead; the jobs find what is left to do, so a second start is safe."""

LONGEST_PAUSE = timedelta(hours=1)
REMEMBER = timedelta(days=90)


def owed(*, now: datetime) -> list[str]:
    """Jobs whose moment is past, that have not been kept and that nobody is at, in the order of the clock.

    A job that was never heard of begins with its next moment: an installation does not start with a sweep.
    """
    due = {job: latest(clock, now) for job, clock in CLOCKS.items()}
    rows = {
        row.job: row
        for row in Appointment.objects.filter(due_at__gte=min(due.values()), job__in=due)
        if row.due_at == due[row.job]
    }
    found = []
    for job in sorted(due, key=due.__getitem__):
        row = rows.get(job)
        if row is None and not Appointment.objects.filter(job=job).exists():
            _begin_book(job, due[job], now)
        elif row is None or (row.finished_at is None and row.run_after <= now):
            found.append(job)
    return found


def keep(job: str, work: Callable[[], object], *, clock: Callable[[], datetime]) -> bool:
    """Do the work of the job's latest moment; False if it is done or somebody is at it.

    What goes wrong is noted, tried again after a pause, and raised.
    """
    now = clock()
    claimed = _claim(job, latest(CLOCKS[job], now), now)
    if claimed is None:
        return False
    try:
        work()
    except Exception as error:
        _note_failure(claimed, error, clock())
        raise
    _mine(claimed).update(finished_at=clock(), last_error="")
    return True


def _begin_book(job: str, due_at: datetime, now: datetime) -> None:
    Appointment.objects.get_or_create(job=job, due_at=due_at, defaults={"run_after": now, "finished_at": now})


def _claim(job: str, due_at: datetime, now: datetime) -> Appointment | None:
    """Compare-and-swap on the row of the moment: of two schedulers, one gets it."""
    row, is_new = Appointment.objects.get_or_create(job=job, due_at=due_at, defaults={"run_after": now})
    if is_new:
        Appointment.objects.filter(job=job, due_at__lt=now - REMEMBER).delete()
    claimed = Appointment.objects.free(now).filter(pk=row.pk, attempts=row.attempts)
    if not claimed.update(attempts=F("attempts") + 1, started_at=now, run_after=now + LEASE):
        return None
    row.attempts += 1
    return row


def _mine(claimed: Appointment) -> AppointmentQuerySet:
    """The row while it is still ours: after the lease another worker may have taken it over."""
    return Appointment.objects.filter(pk=claimed.pk, attempts=claimed.attempts, finished_at=None)


def _note_failure(claimed: Appointment, error: Exception, now: datetime) -> None:
    pause = min(timedelta(minutes=2**claimed.attempts), LONGEST_PAUSE)
    _mine(claimed).update(run_after=now + pause, last_error=type(error).__name__[:80])
