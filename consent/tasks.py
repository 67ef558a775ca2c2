"""Clocks of consent: what ends by itself, and mails with links. Ids in, nothing out."""

from __future__ import annotations

from collections.abc import Callable

from celery import shared_task
from django.utils import timezone

from consent.actions import decisions, links
from privacy_portal.appointments import apart, keep


@shared_task(name="consent.expire_consents")
def expire_consents() -> None:
    """Nightly: end consents past their last day, then drop old evidence and asked-for links."""
    keep.keep("consent.expire_consents", lambda: apart.each(NIGHTLY, _do), clock=timezone.now)


NIGHTLY: tuple[Callable[..., object], ...] = (
    decisions.expire_consents,
    decisions.drop_old_evidence,
    links.drop_old_requests,
)


def _do(deed: Callable[..., object]) -> None:
    deed(now=timezone.now())


@shared_task(name="consent.send_links")
def send_links() -> None:
    links.send_links(now=timezone.now())
