"""Finished values for the tasks board's templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from privacy_portal.fanout.models import Connection, SystemTask, TaskStatusChange
from privacy_portal.fanout.orders import people_of
from privacy_portal.fanout.states import FINAL, MOVES, Status
from privacy_portal.staff.models import User
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import Permission
from privacy_portal.subjects import PlainIdentifier
from privacy_portal.vocabulary import Actor, Verb

NOT_TAKEN_UP = timedelta(minutes=5)
"""Longer than any task that is ready waits while a worker serves its group: the tick comes every three seconds."""

COLUMNS = (
    ("Due", "due_at"),
    ("System", "connection__code"),
    ("Asked to", "verb"),
    ("For", "cause_kind"),
    ("State", "status"),
    ("Tried", "attempts"),
)
TILES = (
    (Status.FAILED, "late"),
    (Status.WAITING_ON_PERSON, "person"),
    (Status.RUNNING, "info"),
    (Status.WAITING, "info"),
    (Status.ACCEPTED, "info"),
    (Status.BLOCKED, "quiet"),
    (Status.COMPLETED, "good"),
    (Status.SKIPPED, "quiet"),
)


def columns() -> list[dict[str, Any]]:
    """Sortable, for components/table_head.html."""
    return [
        {"label": _(label), "sort": sort, "reverse": f"-{sort}", "numeric": label == "Tried"}
        for label, sort in COLUMNS
    ]


def orderings() -> frozenset[str]:
    return frozenset(name for _label, sort in COLUMNS for name in (sort, f"-{sort}"))


def tiles(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """A number per state that leads to its rows."""
    board = reverse("portal:task_list")
    return [
        {
            "label": status.label,
            "value": counts.get(status, 0),
            "url": f"{board}?status={status}",
            "tone": tone,
        }
        for status, tone in TILES
    ]


def row(task: SystemTask, now: datetime) -> dict[str, Any]:
    return {
        "url": reverse("portal:task_detail", args=[task.pk]),
        "system": task.connection.code,
        "verb": task.get_verb_display(),
        "cause": task.get_cause_kind_display(),
        "status": task.status,
        "status_label": Status(task.status).label,
        "code": task.error_code,
        "due_at": task.due_at,
        "is_late": task.status not in FINAL and task.due_at < now,
        "attempts": task.attempts,
        "assignee": str(task.assignee) if task.assignee else "",
    }


def idle_groups(waits: Mapping[str, timedelta]) -> list[dict[str, Any]]:
    """Groups whose ready tasks nobody takes up, the longest wait first."""
    late = sorted((age, group) for group, age in waits.items() if age > NOT_TAKEN_UP)
    return [{"group": group, "minutes": int(age.total_seconds() // 60)} for age, group in reversed(late)]


def system_row(connection: Connection, reach: Reach) -> dict[str, Any]:
    """A system, its state in words, and the switch for who may throw it."""
    paused = connection.paused_at is not None
    deed = "system_resume" if paused else "system_pause"
    return {
        "code": connection.code,
        "kind": connection.kind,
        "group": connection.group,
        "status": _system_status(connection),
        "words": _system_words(connection),
        "open_tasks": connection.open_tasks,  # type: ignore[attr-defined]
        "dead_tasks": connection.dead_tasks,  # type: ignore[attr-defined]
        "url": f"{reverse('portal:task_list')}?system={connection.pk}",
        "is_paused": paused,
        "switch": reverse(f"portal:{deed}", args=[connection.pk]),
        "may_switch": reach.can(Permission.PAUSE_SYSTEMS, connection.controller_id)
        and not connection.retired_at,
    }


def _system_status(connection: Connection) -> str:
    if connection.retired_at:
        return "retired"
    return "paused" if connection.paused_at else "active"


def _system_words(connection: Connection) -> str:
    if connection.retired_at:
        return _("Retired: its tasks go to a person")
    if connection.paused_at:
        return _("Paused: nothing is asked until it is resumed")
    return _("Active: it is asked as tasks fall due")


def facts(task: SystemTask) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"term": _("System"), "value": f"{task.connection.code} ({task.connection.kind})"},
        {"term": _("Asked to"), "value": task.get_verb_display()},
        {"term": _("For"), "value": task.get_cause_kind_display()},
        {"term": _("Case"), "value": str(task.cause_id), "mono": True, "copyable": True},
        {"term": _("Idempotency key"), "value": str(task.key), "mono": True, "copyable": True},
        {"term": _("Legal due date"), "value": f"{task.due_at:%Y-%m-%d %H:%M} UTC"},
        {"term": _("Tried"), "value": f"{task.attempts} / {task.connection.max_attempts}"},
        {"term": _("Assigned to"), "value": str(task.assignee) if task.assignee else _("Nobody")},
    ]
    items += _stated(task)
    if task.instructions.get("actions"):
        items.append({"term": _("Actions it says it carried out"), "value": _actions(_said(task))})
    if task.error_code:
        items.append({"term": _("Code"), "value": task.error_code, "mono": True})
    if task.held_by and task.status not in FINAL:
        items.append({"term": _("Held by"), "value": _("a legal hold; nothing is asked until it is lifted")})
    elif task.status == Status.WAITING:
        items.append({"term": _("Next try"), "value": f"{task.run_after:%Y-%m-%d %H:%M:%S} UTC"})
    return items


def _said(task: SystemTask) -> list[str]:
    return list(task.outcome.get("actions", []))


def _actions(codes: Iterable[str]) -> str:
    return ", ".join(code.replace("_", " ") for code in codes) or _("None")


def _stated(task: SystemTask) -> list[dict[str, Any]]:
    """What exactly is asked: codes and days, which whoever does it by hand must know."""
    words = {
        "template": _("Letter"),
        "type": _("Message"),
        "purpose": _("Purpose"),
        "actions": _("Actions asked for"),
        "dataset": _("Dataset"),
        "before": _("Rows from before"),
        "fields": _("Fields"),
    }
    given = {name: task.instructions[name] for name in words if task.instructions.get(name)}
    return [
        {"term": words[name], "value": _actions(value) if isinstance(value, list) else value}
        for name, value in given.items()
    ]


def people(task: SystemTask, shown: Mapping[UUID, Iterable[PlainIdentifier]]) -> dict[str, Any]:
    """Whom a task names; a person without identifiers was forgotten.

    They stay objects that do not print their value: a template that fails logs the dictionaries it was given.
    """
    are_on_hold = task.verb == Verb.EXPIRE
    return {
        "words": _("On hold: the rows of these people must stay.") if are_on_hold else "",
        "named": [list(shown[subject_id]) for subject_id in sorted(shown)],
    }


def datasets(task: SystemTask) -> list[dict[str, Any]]:
    return list(task.outcome.get("datasets", []))


def kept(task: SystemTask) -> list[dict[str, Any]]:
    """For components/kept_table.html."""
    return [
        {
            "dataset": dataset["dataset"],
            "field": ground["field"],
            "rows": ground["rows"],
            "ground": ground["reason"],
            "article": ground["article"],
            "until": ground["until"],
        }
        for dataset in datasets(task)
        for ground in dataset.get("grounds", [])
    ]


def timeline(changes: Iterable[TaskStatusChange]) -> list[dict[str, Any]]:
    changes = list(changes)
    names = _names(change.by for change in changes)
    return [
        {
            "at": f"{change.at:%Y-%m-%d %H:%M:%S} UTC",
            "label": Status(change.status).label,
            "by": names[change.by],
            "note": change.code.replace("_", " "),
            "status": change.status,
        }
        for change in changes
    ]


def _names(actors: Iterable[str]) -> dict[str, str]:
    """`staff:7` becomes the colleague's name; a system keeps its code, in words."""
    found = {actor: Actor.parse(actor) for actor in set(actors)}
    staff = User.objects.in_bulk([int(actor.ref) for actor in found.values() if _is_staff(actor)])
    return {
        text: str(staff.get(int(actor.ref), text)) if _is_staff(actor) else actor.ref.replace("_", " ")
        for text, actor in found.items()
    }


def _is_staff(actor: Actor) -> bool:
    return actor.kind == "staff" and actor.ref.isdigit()


def confirmations(task: SystemTask) -> list[dict[str, Any]]:
    rows = list(task.confirmations.select_related("evidence_key").order_by("at", "pk"))
    names = _names(row.by for row in rows)
    return [
        {
            "decision": row.get_decision_display(),
            "reason": row.reason,
            "by": names[row.by],
            "at": f"{row.at:%Y-%m-%d %H:%M} UTC",
            "rows_left": row.rows_left,
            "sha256": row.evidence_sha256,
            "url": reverse("portal:task_evidence", args=[task.pk, row.pk])
            if hasattr(row, "evidence_key")
            else "",
        }
        for row in rows
    ]


def deeds(task: SystemTask) -> dict[str, bool]:
    """What the present state allows a person to do."""
    possible = MOVES[task.status]
    by_hand = task.status != Status.RUNNING
    is_held = task.held_by is not None
    return {
        "reveal": task.status not in FINAL and bool(people_of(task)),
        "complete": by_hand and not is_held and Status.COMPLETED in possible,
        "skip": by_hand and Status.SKIPPED in possible,
        "retry": not is_held and task.status in (Status.FAILED, Status.WAITING_ON_PERSON),
        "assign": task.status not in FINAL,
    }
