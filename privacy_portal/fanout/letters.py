"""Mails to people are tasks like any other: a row with a template's name, composed only when it is sent.

What a letter says is computed by a function of the app that knows the case (`wiring.LETTERS`), so that no address,
name or code is ever stored in a task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.module_loading import import_string

from privacy_portal.connectors.base import Identifier, Refused
from privacy_portal.fanout.ask import Ask, Cause, Graph, ask_graphs
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.organisation.models import Controller
from privacy_portal.reading import read_once
from privacy_portal.staff.models import User
from privacy_portal.vocabulary import Actor, IdentifierKind, Verb

CODE = "outgoing-mail"
_contexts: dict[str, str] = {}


def register(contexts: Mapping[str, str]) -> None:
    """Template name → dotted path of `context(task) -> dict`; called once, with `wiring.LETTERS`."""
    _contexts.clear()
    _contexts.update(contexts)


class Addressed(TypedDict):
    """Whose case a mail belongs to, and to whom it goes: the subject, the colleague whose `staff_id` the reference
    names, or the officer where there is neither.

    `reference` holds ids and codes the context function needs (such as a check's id), never personal data.
    """

    controller: Controller
    cause: Cause
    due_at: datetime
    subject_id: NotRequired[UUID | None]
    language: NotRequired[str]
    reference: NotRequired[Mapping[str, str]]


def ask_letter(template: str, *, by: Actor, now: datetime, **to: Unpack[Addressed]) -> SystemTask:
    """Ask for one mail: to the subject, or to the data protection officer where there is none."""
    return ask_graphs([letter(template, **to)], by=by, now=now)[0]["letter"]


def letter(template: str, **to: Unpack[Addressed]) -> Graph:
    """One mail, not yet asked for: who has several asks for them together."""
    controller = to["controller"]
    instructions = {
        "template": template,
        "language": to.get("language") or controller.default_language(),
        "reference": dict(to.get("reference", {})),
    }
    connection = _outgoing(controller.pk) or _make_outgoing(controller)
    asked = Ask("letter", connection, Verb.NOTIFY, to.get("subject_id"), instructions)
    return Graph([asked], to["cause"], to["due_at"])


@read_once
def _outgoing(controller_id: UUID) -> Connection | None:
    return Connection.objects.filter(controller_id=controller_id, code=CODE).first()  # unique


def _make_outgoing(controller: Controller) -> Connection:
    connection, _made = Connection.objects.get_or_create(
        controller=controller, code=CODE, defaults={"kind": "mail", "options": {}}
    )
    return connection


def compose(task: SystemTask, identifiers: Iterable[Identifier]) -> dict[str, str]:
    """The mail itself: {"to", "from", "subject", "text", "html"}. Raises Refused when nobody can be written to."""
    template = str(task.instructions["template"])
    path = _contexts.get(template)
    if path is None:
        raise Refused("unknown_letter")
    controller = task.connection.controller
    to = _address(task, controller, identifiers)
    with translation.override(str(task.instructions["language"])):
        context = {"controller": controller, **import_string(path)(task)}
        subject = render_to_string(f"mail/{template}/subject.txt", context)
        text = render_to_string(f"mail/{template}/body.txt", context)
        html = render_to_string(f"mail/{template}/body.html", context)
    return {
        "to": to,
        "from": controller.mail_from,
        "subject": " ".join(subject.split()),
        "text": text,
        "html": html,
    }


def _address(task: SystemTask, controller: Controller, identifiers: Iterable[Identifier]) -> str:
    staff_id = task.instructions.get("reference", {}).get("staff_id")
    if staff_id:
        return _address_of_staff(int(staff_id))
    if task.subject_id is None:
        if not controller.dpo_email:
            raise Refused("no_officer_address")
        return controller.dpo_email
    for identifier in identifiers:
        if identifier.kind == IdentifierKind.EMAIL:
            return identifier.value
    raise Refused("no_address_known")


def _address_of_staff(staff_id: int) -> str:
    colleague = User.objects.filter(pk=staff_id, is_active=True).first()  # by key
    if colleague is None:
        raise Refused("colleague_has_left")
    return colleague.email
