"""A process beside the workers that plays the front door: one JSON command a line in, one JSON answer a line out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
django.setup()

from django.db import connection as database  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from privacy_portal import bell, subjects  # noqa: E402
from privacy_portal.fanout.ask import Ask, Cause, ask_graph  # noqa: E402
from privacy_portal.fanout.models import Connection, SystemTask, TaskStatusChange  # noqa: E402
from privacy_portal.fanout.states import Status  # noqa: E402
from privacy_portal.ledger.models import Delivery, Event  # noqa: E402
from privacy_portal.organisation.models import Controller  # noqa: E402
from privacy_portal.vocabulary import Actor, CauseKind, Verb  # noqa: E402


def set_up(services: dict[str, str], secret: str) -> None:
    controller = Controller.objects.create(
        code="acme", name="Acme", country="IE", languages=["en"], mail_from="privacy@acme.example"
    )
    for code, url in services.items():
        system = Connection(controller=controller, code=code, kind="http", options={"url": url})
        system.max_attempts, system.timeout_seconds = 50, 10
        system.seal_secret(secret)
        system.save()


def ask_erasures(count: int) -> None:
    """Each person is erased at marketing first, then at analytics; on behalf of a case no upper floor listens for."""
    now = timezone.now()
    controller = Controller.objects.get()
    first, second = (Connection.objects.get(code=code) for code in ("marketing_service", "analytics_service"))
    for _ in range(count):
        with transaction.atomic():
            identifiers = {"customer_id": f"c-{uuid4().hex[:12]}"}
            person = subjects.remember(controller_id=controller.pk, identifiers=identifiers, now=now)
            ask_graph(
                [
                    Ask("first", first, Verb.ERASE, person.pk),
                    Ask("second", second, Verb.ERASE, person.pk, after=["first"]),
                ],
                cause=Cause(CauseKind.BREACH, uuid4(), uuid4()),
                due_at=now + timedelta(days=30),
                by=Actor.system("front_door"),
                now=now,
            )


def ring(times: int) -> None:
    """The same bells over and over."""
    for _ in range(times):
        for job in (("portal.run_tasks", "default"), ("portal.deliver",), ("portal.tick",)):
            bell.ring_now(*job)


def counts() -> dict[str, int]:
    return dict(SystemTask.objects.values_list("status").annotate(number=Count("pk")).order_by())


def held() -> dict[str, int]:
    """Tasks being asked at this moment, with the token they are asked under."""
    rows = SystemTask.objects.filter(status=Status.RUNNING).values_list("pk", "token")
    return {str(pk): token for pk, token in rows}


def still_held(since: dict[str, int]) -> int:
    """How many of these nobody has taken back yet."""
    return sum(held().get(pk) == token for pk, token in since.items())


def started_after(moment: float) -> float | None:
    """When the next call of any task began, as seconds since 1970."""
    since = timezone.datetime.fromtimestamp(moment, tz=timezone.get_default_timezone())
    begun = TaskStatusChange.objects.filter(status=Status.RUNNING, at__gt=since).order_by("at", "pk").first()
    return begun.at.timestamp() if begun else None


def report() -> dict[str, Any]:
    told = Event.objects.filter(type="task_completed").values_list("payload__task_id", flat=True)
    return {
        "tasks": counts(),
        "keys": [str(key) for key in SystemTask.objects.values_list("key", flat=True)],
        "completed_events": len(told),
        "tasks_told": len(set(told)),
        "attempts": sum(SystemTask.objects.values_list("token", flat=True)),
        "lost_workers": TaskStatusChange.objects.filter(code="worker_lost").count(),
        "open_deliveries": Delivery.objects.exclude(status="done").count(),
    }


COMMANDS: dict[str, Callable[..., Any]] = {
    "set_up": set_up,
    "ask_erasures": ask_erasures,
    "ring": ring,
    "counts": counts,
    "held": held,
    "still_held": still_held,
    "started_after": started_after,
    "report": report,
}

if __name__ == "__main__":
    for line in sys.stdin:
        name, arguments = json.loads(line)
        database.close_if_unusable_or_obsolete()
        print(json.dumps(COMMANDS[name](**arguments)), flush=True)
