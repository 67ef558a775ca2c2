"""Clocks of consent: what ends by itself, and mails with links. Ids in, nothing out."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from consent.actions import decisions, links


@shared_task(name="consent.expire_consents")
def expire_consents() -> None:
    """Nightly: end consents past their last day, then drop old evidence and asked-for links."""
    now = timezone.now()
    decisions.expire_consents(now=now)
    decisions.drop_old_evidence(now=now)
    links.drop_old_requests(now=now)


@shared_task(name="consent.send_links")
def send_links() -> None:
    links.send_links(now=timezone.now())
