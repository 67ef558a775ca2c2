"""The ground floor's Celery jobs: doors of three lines. Only doors read the clock."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from privacy_portal import bell
from privacy_portal.api.models import IdempotentAnswer
from privacy_portal.appointments import keep
from privacy_portal.fanout import parcels, run, upkeep
from privacy_portal.inbox import handle
from privacy_portal.ledger import deliver
from privacy_portal.ledger import seal as sealing
from privacy_portal.ledger.models import Delivery


@shared_task(name="portal.tick")
def tick() -> None:
    """The safety net under lost bells, lost messages of the scheduler and dead workers."""
    now = timezone.now()
    upkeep.tick(now=now)
    for job in keep.owed(now=now):
        bell.ring_now(job)
    if Delivery.objects.due(now).exists():
        bell.ring_now("portal.deliver")


@shared_task(name="portal.run_tasks")
def run_tasks(group: str = "default") -> None:
    run.work(group=group, clock=timezone.now)


@shared_task(name="portal.deliver")
def deliver_events() -> None:
    with bell.answered_here("portal.deliver"):
        deliver.deliver_due(now=timezone.now())


@shared_task(name="portal.seal_ledger")
def seal_ledger() -> None:
    sealing.seal(now=timezone.now())


@shared_task(name="portal.destroy_parcels")
def destroy_parcels() -> None:
    keep.keep(
        "portal.destroy_parcels", lambda: parcels.destroy_expired(now=timezone.now()), clock=timezone.now
    )


@shared_task(name="portal.forget_answers")
def forget_answers() -> None:
    """Answers kept for an Idempotency-Key, after their 24 hours."""
    past = IdempotentAnswer.objects.past(timezone.now())
    keep.keep("portal.forget_answers", past.delete, clock=timezone.now)


@shared_task(name="portal.clear_tokens")
def clear_tokens() -> None:
    """Spent access tokens of services."""
    keep.keep("portal.clear_tokens", lambda: call_command("cleartokens"), clock=timezone.now)


@shared_task(name="portal.drop_old_messages")
def drop_old_messages() -> None:
    """The text of messages that were handled; their hash stays."""
    keep.keep(
        "portal.drop_old_messages", lambda: handle.drop_old_messages(now=timezone.now()), clock=timezone.now
    )
