"""The bell: tells workers that rows are waiting. Losing one costs a few seconds, never work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import structlog
from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

_HANGS_SECONDS = 3
"""A bell whose message was lost is rung anew after this, as often as the tick looks anyway."""

log = structlog.get_logger(__name__)
_answered_here: ContextVar[frozenset[str]] = ContextVar("jobs_answered_here", default=frozenset())


@contextmanager
def answered_here(*jobs: str) -> Iterator[None]:
    """Within, these jobs (`"job"` or `"job argument"`) are not rung for: who opened this block does them itself."""
    token = _answered_here.set(_answered_here.get() | frozenset(jobs))
    try:
        yield
    finally:
        _answered_here.reset(token)


def ring(job: str, *args: str) -> None:
    """Send the Celery job after the transaction commits, once per transaction and job."""
    if not _answered_here.get().isdisjoint((job, " ".join((job, *args)))):
        return
    connection = transaction.get_connection()
    if any(
        getattr(callback, "bell", None) == (job, args) for _sids, callback, *_rest in connection.run_on_commit
    ):
        return

    def send() -> None:
        ring_now(job, *args)

    send.bell = (job, args)  # type: ignore[attr-defined]
    transaction.on_commit(send)


def ring_now(job: str, *args: str) -> None:
    """Send the job, unless a bell for it hangs in the queue still: who hears that one looks after we have committed."""
    if not _hang(job, args):
        return
    try:
        current_app.send_task(job, args=args, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        # The beat tick finds the rows; the door must not fail because the bell did.
        log.warning("bell_not_rung", job=job, error=type(error).__name__)
        heard(job, *args)


def heard(job: str, *args: str) -> None:
    """A worker begins this job: from here on a new bell is needed. Call it before looking at any row."""
    if settings.REDIS_URL:
        with suppress(RedisError):
            caches["shared"].delete(_mark(job, args))


def _hang(job: str, args: tuple[str, ...]) -> bool:
    """False if one hangs there. Only a cache that all processes share can know; without one every bell is sent."""
    if not settings.REDIS_URL:
        return True
    try:
        return bool(caches["shared"].add(_mark(job, args), 1, timeout=_HANGS_SECONDS))
    except RedisError:
        return True


def _mark(job: str, args: tuple[str, ...]) -> str:
    return f"bell:{':'.join((job, *args))}"
