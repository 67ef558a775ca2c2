"""Is the process alive (`/healthz`), can it serve (`/readyz`), and what does it measure (`/metrics`)."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError

from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.queries import ready_for
from privacy_portal.fanout.states import OPEN
from privacy_portal.ledger.models import Checkpoint, Delivery, DeliveryStatus, PendingSeal


def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and the cache keeps what it is given; else 503 naming what does not."""
    checks = {"database": _database(), "cache": _cache()}
    ready = all(checks.values())
    words = {name: "ok" if good else "away" for name, good in checks.items()}
    return JsonResponse({"status": "ok" if ready else "unavailable", **words}, status=200 if ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: the queues and the ledger, counted from rows. No label holds personal data."""
    registry = CollectorRegistry()
    tasks = Gauge("portal_tasks", "System tasks that are not finished", ["status"], registry=registry)
    counted = SystemTask.objects.open().values_list("status").annotate(number=Count("pk"))
    for status, number in {**dict.fromkeys(sorted(OPEN), 0), **dict(counted)}.items():
        tasks.labels(status=status).set(number)
    late = Gauge("portal_tasks_late", "Unfinished system tasks past their legal due date", registry=registry)
    late.set(SystemTask.objects.open().filter(due_at__lt=timezone.now()).count())
    ready = Gauge(
        "portal_group_oldest_ready_seconds",
        "How long the oldest ready task of an executor group has not been taken up",
        ["group"],
        registry=registry,
    )
    groups = dict.fromkeys(
        Connection.objects.filter(retired_at=None).values_list("group", flat=True), timedelta()
    )
    for group, age in {**groups, **ready_for(SystemTask.objects.all(), now=timezone.now())}.items():
        ready.labels(group=group).set(age.total_seconds())
    waiting = Gauge("portal_deliveries", "Deliveries not yet done", ["status"], registry=registry)
    for status in DeliveryStatus.WAITING, DeliveryStatus.DEAD:
        waiting.labels(status=status).set(Delivery.objects.filter(status=status).count())
    unsealed = Gauge("portal_ledger_unsealed", "Events not yet in the Merkle tree", registry=registry)
    unsealed.set(PendingSeal.objects.count())
    size = Gauge("portal_ledger_size", "Leaves under the latest signed checkpoint", registry=registry)
    latest = Checkpoint.objects.order_by("-size").first()
    size.set(latest.size if latest else 0)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _cache() -> bool:
    """Asked of Redis itself: the cache that people's doors use goes on without it."""
    try:
        caches["shared"].set("readyz", "1", 5)
        return bool(caches["shared"].get("readyz"))
    except (RedisError, OSError):
        return False
