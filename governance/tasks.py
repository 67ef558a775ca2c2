"""Celery doors of governance."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone

from governance.actions import breach_clocks, retention
from governance.queries import breaches as breach_queries
from governance.queries import retention as retention_queries
from privacy_portal.appointments import apart, keep
from privacy_portal.vocabulary import Actor

log = structlog.get_logger(__name__)


@shared_task(name="governance.sweep_retention")
def sweep_retention() -> None:
    keep.keep(
        "governance.sweep_retention",
        lambda: apart.each(retention_queries.controllers_to_sweep(), _sweep),
        clock=timezone.now,
    )


def _sweep(controller_id: UUID) -> None:
    sweep = retention.plan_sweep(
        controller_id=controller_id, by=Actor.system("retention"), now=timezone.now()
    )
    log.info("sweep_planned", sweep=str(sweep.pk), status=sweep.status)


@shared_task(name="governance.warn_breach_deadlines")
def warn_breach_deadlines() -> None:
    now = timezone.now()

    def warn(breach_id: UUID) -> None:
        breach_clocks.warn_of_deadlines(breach_id=breach_id, by=Actor.system("breaches"), now=now)

    apart.each(breach_queries.clocks_to_warn_of(now), warn)
