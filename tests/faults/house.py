"""A process beside the workers that plays the front door and the staff: one JSON command a line in, one answer out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
django.setup()

from django.db import connection as database  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from dsr.actions import assessment, intake  # noqa: E402
from dsr.models import SubjectRequest  # noqa: E402
from dsr.models.intake import Channel  # noqa: E402
from dsr.states import CLOSED  # noqa: E402
from dsr.states import Status as RequestStatus  # noqa: E402
from privacy_portal import bell  # noqa: E402
from privacy_portal.fanout.letters import CODE as OUTGOING_MAIL  # noqa: E402
from privacy_portal.fanout.models import SystemTask, TaskStatusChange  # noqa: E402
from privacy_portal.fanout.states import Status  # noqa: E402
from privacy_portal.ledger.models import Delivery, DeliveryStatus, Event  # noqa: E402
from privacy_portal.organisation.models import Controller  # noqa: E402
from privacy_portal.staff.models import Membership, User  # noqa: E402
from privacy_portal.subjects.models import Identifier  # noqa: E402
from privacy_portal.vocabulary import Actor, Right  # noqa: E402

AT_WORK = {Status.WAITING, Status.RUNNING, Status.BLOCKED, Status.ACCEPTED}


def hire() -> None:
    """Two people of the privacy office: one accepts plans, the other approves them."""
    controller = Controller.objects.get()
    for name in ("first", "second"):
        user = User.objects.create_user(f"{name}@example.org", "a-long-password", name=name)
        Membership.objects.create(user=user, controller=controller, role="dpo")


def ask_erasures(people: list[dict[str, str]]) -> list[str]:
    """Each known to us by e-mail only; the systems say the rest. Returns the ids of the requests, in that order."""
    controller = Controller.objects.get()
    return [
        str(
            intake.open_request(
                controller_id=controller.pk,
                asked=intake.Asked(
                    right=Right.ERASURE,
                    law=person["law"],
                    identifiers={"email": person["email"]},
                    channel=Channel.API,
                    verified=True,
                ),
                by=Actor.service("shop"),
                now=timezone.now(),
            ).pk
        )
        for person in people
    ]


def decide() -> int:
    """Whatever is planned is accepted by the one and approved by the other; returns how many were."""
    first, second = (Actor.staff(user.pk) for user in User.objects.order_by("email"))
    planned = list(SubjectRequest.objects.filter(status=RequestStatus.PLANNED).order_by("received_at", "pk"))
    for request in planned:
        seen = request.plans.latest("version").hash
        assessment.accept(request_id=request.pk, plan_hash=seen, by=first, now=timezone.now())
        assessment.approve(request_id=request.pk, plan_hash=seen, by=second, now=timezone.now())
    return len(planned)


def ring(times: int) -> None:
    """The same bells over and over."""
    for _ in range(times):
        for job in (("portal.run_tasks", "default"), ("portal.deliver",), ("portal.tick",)):
            bell.ring_now(*job)


def running() -> dict[str, int]:
    """How many tasks are being asked at this moment, by the kind of their cause."""
    asked = SystemTask.objects.filter(status=Status.RUNNING)
    return dict(asked.values_list("cause_kind").annotate(number=Count("pk")).order_by())


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


def quiet() -> bool:
    """Nothing moves any more by itself; whether it stands where it should is for the tests to say."""
    with transaction.atomic(), database.cursor() as cursor:
        # One picture of all three: between two looks a task ends and a delivery begins.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return not _is_anything_under_way()


def _is_anything_under_way() -> bool:
    return (
        SystemTask.objects.filter(status__in=AT_WORK).exists()
        or Delivery.objects.filter(status=DeliveryStatus.WAITING).exists()
        or SubjectRequest.objects.filter(status=RequestStatus.PLANNED).exists()
    )


def report() -> dict[str, Any]:
    told = list(Event.objects.filter(type="task_completed").values_list("payload__task_id", flat=True))
    lost = TaskStatusChange.objects.filter(code="worker_lost").values_list("task__cause_kind")
    return {
        "requests": {str(request.pk): _facts(request) for request in _requests()},
        "open": SubjectRequest.objects.exclude(status__in=CLOSED).count(),
        "tasks": _numbers(SystemTask.objects.values_list("status")),
        "troubles": _numbers(SystemTask.objects.exclude(error_code="").values_list("error_code")),
        "completed_events": len(told),
        "tasks_told": len(set(told)),
        "lost": _numbers(lost),
        "deliveries": _numbers(Delivery.objects.values_list("status")),
        "failed_handlers": Delivery.objects.filter(attempts__gt=0).count(),
        "identifiers": Identifier.objects.count(),
    }


def keys() -> dict[str, dict[str, str]]:
    """By system: the idempotency key of each task, and its verb."""
    found: dict[str, dict[str, str]] = {}
    for code, key, verb in SystemTask.objects.values_list("connection__code", "key", "verb"):
        found.setdefault(code, {})[str(key)] = verb
    return found


def letters() -> dict[str, dict[str, list[list[Any]]]]:
    """By request and template: key and number of attempts of each mail that was asked for."""
    found: dict[str, dict[str, list[list[Any]]]] = {}
    for task in SystemTask.objects.filter(connection__code=OUTGOING_MAIL).order_by("asked_at", "pk"):
        templates = found.setdefault(str(task.cause_id), {})
        templates.setdefault(task.instructions["template"], []).append([str(task.key), task.token])
    return found


def _requests() -> Any:
    return SubjectRequest.objects.select_related("subject", "answer").order_by("received_at", "pk")


def _facts(request: SubjectRequest) -> dict[str, Any]:
    answer = getattr(request, "answer", None)
    systems = answer.letter["systems"] if answer else []
    return {
        "status": request.status,
        "done": request.tasks_done,
        "total": request.tasks_total,
        "forgotten": request.subject.forgotten_at is not None and request.subject.key is None,
        "erased": {
            dataset["dataset"]: dataset["erased"] for system in systems for dataset in system["datasets"]
        },
    }


def _numbers(values: Any) -> dict[str, int]:
    return dict(values.annotate(number=Count("pk")).order_by())


COMMANDS: dict[str, Callable[..., Any]] = {
    command.__name__: command
    for command in (
        hire, ask_erasures, decide, ring, running, held, still_held, started_after, quiet, report, keys, letters,
    )
}  # fmt: skip

if __name__ == "__main__":
    for line in sys.stdin:
        name, arguments = json.loads(line)
        database.close()  # a test may have cut it meanwhile
        print(json.dumps(COMMANDS[name](**arguments)), flush=True)
