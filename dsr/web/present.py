"""A request as finished values for pages: clock, stages, plan, lanes, answer. Templates know no rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.actions import delivery
from dsr.models import Plan, SubjectRequest
from dsr.queries import SOON
from dsr.states import CLOSED, STAGES, Status
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import FINAL
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.ledger.models import Event
from privacy_portal.staff.models import User
from privacy_portal.vocabulary import CauseKind, Verb


def clock(case: SubjectRequest, now: datetime) -> dict[str, Any]:
    """The legal clock of a case, with the explanation of its due date."""
    return {
        "label": _("Answer due under the %(law)s") % {"law": case.law},
        "state": _clock_state(case, now),
        "due": date_format(case.due_on, "j F Y"),
        "remaining": _remaining(case, now),
        "progress": _progress(case, now),
        "steps": case.deadline.get("steps", []),
    }


def _clock_state(case: SubjectRequest, now: datetime) -> str:
    if case.closed_at:
        return "met" if case.closed_at < case.due_at else "late"
    if now >= case.due_at:
        return "late"
    return "soon" if case.due_at - now <= SOON else "within"


def _remaining(case: SubjectRequest, now: datetime) -> str:
    if case.closed_at:
        return _("Closed on %(day)s") % {"day": date_format(case.closed_at, "j F Y")}
    if now >= case.due_at:
        return _("Past due since %(day)s") % {"day": date_format(case.due_on, "j F Y")}
    return _("%(time)s left") % {"time": timeuntil(case.due_at, now, depth=1)}


def _progress(case: SubjectRequest, now: datetime) -> int:
    whole = (case.due_at - case.received_at).total_seconds() or 1
    gone = ((case.closed_at or now) - case.received_at).total_seconds()
    return max(0, min(100, round(100 * gone / whole)))


def rail(case: SubjectRequest) -> list[dict[str, Any]]:
    """received → … → closed; where a case ended early, the rest is marked as left out."""
    words = [_("Received"), _("Searched"), _("Planned"), _("Accepted"), _("Systems asked"), _("Closed")]
    closed = case.status in CLOSED
    at = len(STAGES) - 1 if closed else STAGES.index(Status(case.status))
    ended_early = case.status in (Status.REFUSED, Status.CANCELLED, Status.EXPIRED)
    stages = []
    for number, word in enumerate(words):
        state = "done" if number < at or (closed and number == at) else "current" if number == at else "next"
        if ended_early and 0 < number < at:
            state = "skipped"
        stages.append({"label": word, "state": state})
    return stages


def plan_rows(plan: Plan | None) -> list[dict[str, Any]]:
    lines = plan.lines.order_by("pk") if plan else []
    return [
        {
            "system": line.system,
            "dataset": line.dataset or "–",
            "found": line.found,
            "erase": line.erase,
            "change": line.change,
            "keep": line.keep,
            "problem": PROBLEMS.get(line.problem, line.problem),
            "grounds": line.grounds,
        }
        for line in lines
    ]


PROBLEMS = {
    "asked_of_a_person": _("has no interface; a person is asked"),
    "waiting_on_person": _("waits for a person"),
}


def set_aside(case: SubjectRequest) -> dict[str, Any] | None:
    """The last approved plan that was not carried out, for as long as a new one is not under way."""
    if case.status not in (Status.LOCATING, Status.PLANNED, Status.ACCEPTED):
        return None
    plan = case.plans.exclude(set_aside_at=None).order_by("-version").first()
    return {"version": plan.version, "at": plan.set_aside_at, "systems": plan.set_aside_for} if plan else None


def is_undelivered(case: SubjectRequest) -> bool:
    answer = getattr(case, "answer", None)
    return bool(answer and answer.undelivered_at)


def lost_letter(case: SubjectRequest) -> dict[str, Any] | None:
    """The mail with the answer that came to nothing, with where a person says how it ended."""
    task = delivery.lost_answer(case.pk) if is_undelivered(case) else None
    if task is None:
        return None
    code = task.error_code.replace("_", " ")
    return {
        "at": case.answer.undelivered_at,
        "code": code,
        "url": reverse("portal:task_detail", args=[task.pk]),
    }


def kept_rows(plan: Plan | None) -> list[dict[str, Any]]:
    """What stays, with the ground: from the dry run."""
    lines = plan.lines.order_by("pk") if plan else []
    return gathered(
        [kept(line.system, line.dataset, ground) for line in lines for ground in line.grounds if line.keep]
    )


def gathered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for all fields of a dataset that stay for the same reason and until the same day."""
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        same = tuple(value for name, value in row.items() if name != "field")
        line = lines.setdefault(same, {**row, "field": ""})
        line["field"] = ", ".join(name for name in (line["field"], row["field"]) if name)
    return list(lines.values())


def kept(system: str, dataset: str, ground: dict[str, Any]) -> dict[str, Any]:
    return {
        "system": system,
        "dataset": dataset,
        "field": "" if ground["field"] == "*" else ground["field"],
        "rows": ground["rows"],
        "ground": ground["reason"],
        "article": ground["article"],
        "until": date_format(date.fromisoformat(ground["until"]), "j M Y") if ground["until"] else "",
    }


def lanes(case: SubjectRequest, *, links: bool) -> list[dict[str, Any]]:
    """One lane per system, in the order in which they are asked."""
    tasks = list(
        SystemTask.objects.of_cause(CauseKind.REQUEST, case.pk)
        .select_related("connection")
        .prefetch_related("needs__needs__connection")
        .order_by("blockers", "finished_at", "pk")
    )
    return [_lane(task, links) for task in tasks]


def _lane(task: SystemTask, links: bool) -> dict[str, Any]:
    shown = {
        "label": task.get_verb_display(),
        "status": task.status,
        "status_label": task.get_status_display(),
        "attempts": task.attempts,
        "error": _trouble(task),
        "after": [need.needs.connection.code for need in task.needs.all()],
        "note": _counts(task),
        "url": reverse("portal:task_detail", args=[task.pk]) if links else "",
    }
    return {"system": task.connection.code, "group": task.group, "tasks": [shown]}


def _trouble(task: SystemTask) -> str:
    if task.held_by and task.status not in FINAL:
        return _("held back by a legal hold; nothing is asked until it is lifted")
    if task.status == TaskStatus.WAITING_ON_PERSON:
        return str(WAITS_FOR.get(task.error_code, ""))
    return task.error_code.replace("_", " ")


WAITS_FOR = {
    "register_changed": gettext_lazy(
        "not asked: the register says something else about this system than the plan you approved"
    ),
}


def _counts(task: SystemTask) -> str:
    datasets = task.outcome.get("datasets", [])
    if not datasets:
        return ""
    total = {name: sum(row[name] for row in datasets) for name in ("found", "erased", "changed", "kept")}
    words = _("%(found)d found, %(erased)d erased, %(changed)d changed, %(kept)d kept") % total
    left = task.outcome.get("rows_left")
    return words if left is None else words + _(", asked again: %(left)d left") % {"left": left}


def timeline(case: SubjectRequest) -> list[dict[str, Any]]:
    """Every ledger line of the case, newest first."""
    events = list(Event.objects.filter(correlation_id=case.pk).select_related("leaf").order_by("-pk")[:200])
    names = _names_of({event.actor for event in events})
    return [
        {
            "at": date_format(event.occurred_at, "j M Y H:i:s"),
            "label": _what_happened(event),
            "by": names.get(event.actor, event.actor.partition(":")[2].replace("_", " ")),
            "position": event.leaf.position if hasattr(event, "leaf") else None,
            "note": str(event.payload.get("reason") or "").replace("_", " "),
        }
        for event in events
    ]


def _what_happened(event: Event) -> str:
    words = event.type.replace("_", " ").capitalize()
    verb, system = event.payload.get("verb"), event.payload.get("system")
    return f"{words}: {Verb(verb).label.lower()}, {system}" if verb and system else words


def _names_of(actors: set[str]) -> dict[str, str]:
    """Staff by name; the person is "the person"; systems by their code."""
    staff = {actor: actor.partition(":")[2] for actor in actors if actor.startswith("staff:")}
    known = dict(User.objects.filter(pk__in=staff.values()).values_list("pk", "name"))
    names = {actor: known.get(int(pk), actor) for actor, pk in staff.items()}
    return names | {actor: _("the person") for actor in actors if actor.startswith("subject:")}


def answer_of(case: SubjectRequest, now: datetime) -> dict[str, Any] | None:
    """What the person may read at the end: system by system, and the package if one can still be fetched."""
    answer = getattr(case, "answer", None)
    if answer is None:
        return None
    parcel = answer.parcel
    rows = [
        kept(system["system"], dataset["dataset"], ground)
        for system in answer.letter["systems"]
        for dataset in system["datasets"]
        for ground in dataset["grounds"]
        if dataset["kept"]
    ]
    return {
        "letter": answer.letter,
        "kept": gathered(rows),
        "parcel": parcel if parcel and not parcel.destroyed_at and parcel.expires_at > now else None,
        "expired": bool(parcel and (parcel.destroyed_at or parcel.expires_at <= now)),
        "downloads": answer.downloads.count(),
    }
