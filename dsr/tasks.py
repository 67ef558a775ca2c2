"""Clocks of the requests."""

from celery import shared_task
from django.utils import timezone

from dsr.actions import deadlines


@shared_task(name="dsr.warn_deadlines")
def warn_deadlines() -> None:
    deadlines.warn_late(now=timezone.now())
