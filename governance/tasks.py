"""Celery doors of governance."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from governance.actions import breach_clocks, retention
from governance.queries import breaches as breach_queries
from governance.queries import retention as retention_queries
from privacy_portal.vocabulary import Actor

log = structlog.get_logger(__name__)


@shared_task(name="governance.sweep_retention")
def sweep_retention() -> None:
    for controller_id in retention_queries.controllers_to_sweep():
        sweep = retention.plan_sweep(
            controller_id=controller_id, by=Actor.system("retention"), now=timezone.now()
        )
        log.info("sweep_planned", sweep=str(sweep.pk), status=sweep.status)


@shared_task(name="governance.warn_breach_deadlines")
def warn_breach_deadlines() -> None:
    now = timezone.now()
    for breach_id in breach_queries.clocks_to_warn_of(now):
        breach_clocks.warn_of_deadlines(breach_id=breach_id, by=Actor.system("breaches"), now=now)
