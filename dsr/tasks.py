"""Clocks of the requests."""

from celery import shared_task
from django.utils import timezone

from dsr.actions import deadlines
from privacy_portal.appointments import keep


@shared_task(name="dsr.warn_deadlines")
def warn_deadlines() -> None:
    keep.keep("dsr.warn_deadlines", lambda: deadlines.warn_late(now=timezone.now()), clock=timezone.now)
