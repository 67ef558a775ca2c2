"""What people decide about a plan: accept, approve by a second person, extend, refuse."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from dsr.errors import AlreadyExtended, OnHold, PlanChanged, SecondPersonNeeded
from dsr.models import Plan, SubjectRequest
from dsr.states import MOVES, Status
from governance import queries as register
from privacy_portal.errors import Invalid
from privacy_portal.fanout.ask import Cause, Graph, ask_graphs
from privacy_portal.fanout.letters import letter
from privacy_portal.law import deadlines
from privacy_portal.law.shapes import Deadline
from privacy_portal.ledger.catalogue import (
    RequestAccepted,
    RequestApproved,
    RequestExtended,
    RequestRefused,
)
from privacy_portal.ledger.record import record
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, CauseKind, Right


@transaction.atomic
def accept(*, request_id: UUID, plan_hash: str, by: Actor, now: datetime) -> SubjectRequest:
    """The plan is right. Erasing still needs a second person. Raises PlanChanged, IllegalMove."""
    request = SubjectRequest.objects.locked(request_id)
    check_move(MOVES, request.status, Status.ACCEPTED)
    _check_holds(request)
    plan = _plan_seen(request, plan_hash)
    plan.accepted_by = str(by)
    plan.accepted_at = now
    plan.save(update_fields=["accepted_by", "accepted_at"])
    request.status = Status.ACCEPTED
    request.save(update_fields=["status"])
    note(RequestAccepted(request_id=request.pk, right=request.right), request, by, now)
    return request


@transaction.atomic
def approve(*, request_id: UUID, plan_hash: str, by: Actor, now: datetime) -> SubjectRequest:
    """The second pair of eyes; systems are asked from here. Raises SecondPersonNeeded, PlanChanged, IllegalMove."""
    request = SubjectRequest.objects.locked(request_id)
    if request.status != Status.ACCEPTED:
        check_move(
            {request.status: MOVES[request.status] - {Status.FULFILLING}}, request.status, Status.FULFILLING
        )
    plan = _plan_seen(request, plan_hash)
    if plan.accepted_by == str(by):
        raise SecondPersonNeeded()
    _check_holds(request)
    settle_plan(request, plan, by, now)
    plan.save(update_fields=["approved_by", "approved_at"])
    request.save(update_fields=["status"])
    note_approval(request, plan, by, now)
    return request


REFUSALS: dict[str, str] = {
    "manifestly_unfounded": "The request is manifestly unfounded (GDPR Art. 12(5)).",
    "excessive": "The request is excessive, in particular because of its repetition (GDPR Art. 12(5)).",
    "not_identified": "We are not able to identify you in our data (GDPR Art. 11(2), 12(2)).",
    "exception_applies": "The law asks us to keep all of this data (GDPR Art. 17(3)).",
    "no_right": "The law gives no such right in this case.",
}


@transaction.atomic
def refuse(*, request_id: UUID, reason: str, text: str, by: Actor, now: datetime) -> SubjectRequest:
    """Refuse on a named ground and tell the person how to complain (GDPR Art. 12(4)). Raises Invalid, IllegalMove."""
    if reason not in REFUSALS:
        raise Invalid("reason", f"must be one of {', '.join(REFUSALS)}")
    request = SubjectRequest.objects.locked(request_id)
    check_move(MOVES, request.status, Status.REFUSED)
    request.status = Status.REFUSED
    request.refusal_reason = reason
    request.refusal_text = text
    request.closed_at = now
    request.save(update_fields=["status", "refusal_reason", "refusal_text", "closed_at"])
    tell(request, "dsr_refused", by=by, now=now)
    note(RequestRefused(request_id=request.pk, reason=reason), request, by, now)
    return request


@transaction.atomic
def extend(*, request_id: UUID, reason: str, by: Actor, now: datetime) -> SubjectRequest:
    """Use the extension the law gives, once, within the first period, and tell the person why (GDPR Art. 12(3)).

    Raises AlreadyExtended, Invalid when the law knows no extension, the reason is empty or the time is over.
    """
    request = SubjectRequest.objects.locked(request_id)
    notice_by = request.deadline.get("extension_notice_by")
    if request.extended_at:
        raise AlreadyExtended()
    if not reason.strip():
        raise Invalid("reason", "say why; the person is told")
    if not request.is_open() or not notice_by or _today(request, now) > notice_by:
        raise Invalid(
            "request", "can be extended only while open, in the first period, where its law allows it"
        )
    due = _extended(request)
    assert due.due_on is not None and due.extended_due_on is not None and due.ends_at is not None
    request.due_on = due.extended_due_on
    request.due_at = due.ends_at
    request.deadline = due.answer()
    request.extended_at = now
    request.extension_reason = reason
    request.save(update_fields=["due_on", "due_at", "deadline", "extended_at", "extension_reason"])
    tell(request, "dsr_delayed", by=by, now=now)
    note(RequestExtended(request_id=request.pk, due_at=request.due_at), request, by, now)
    return request


def _today(request: SubjectRequest, now: datetime) -> str:
    return now.astimezone(ZoneInfo(request.controller.time_zone)).date().isoformat()


def _extended(request: SubjectRequest) -> Deadline:
    return deadlines.compute(
        law=request.law,
        clock="request",
        right=request.right,
        start=request.received_at,
        calendar=request.controller.calendar or None,
        tz=request.controller.time_zone,
        extended=True,
    )


def tell(request: SubjectRequest, template: str, *, by: Actor, now: datetime) -> None:
    """Ask for a mail to the person about this request."""
    ask_graphs([letter_about(request, template)], by=by, now=now)


def letter_about(request: SubjectRequest, template: str) -> Graph:
    return letter(
        template,
        controller=request.controller,
        cause=Cause(CauseKind.MESSAGE, request.pk, request.pk),
        due_at=request.due_at,
        subject_id=request.subject_id,
        language=request.language,
    )


def _check_holds(request: SubjectRequest) -> None:
    """A legal hold on the person beats erasure (GDPR Art. 17(3)(e)); a later one stops the tasks (actions.holding).

    One on a dataset stops no decision: its system is not asked while it lasts, the others are.
    """
    if request.right == Right.ERASURE and any(
        hold.dataset is None for hold in register.holds_on(request.subject_id)
    ):
        raise OnHold()


def _plan_seen(request: SubjectRequest, plan_hash: str) -> Plan:
    plan = request.plans.order_by("-version").first()
    if plan is None or plan.hash != plan_hash:
        raise PlanChanged()
    return plan


def settle_plan(request: SubjectRequest, plan: Plan, by: Actor, now: datetime) -> None:
    """From here the systems may be asked. The caller writes both rows."""
    check_move(MOVES, request.status, Status.FULFILLING)
    plan.approved_by, plan.approved_at = str(by), now
    request.status = Status.FULFILLING


def note_approval(request: SubjectRequest, plan: Plan, by: Actor, now: datetime) -> None:
    note(RequestApproved(request_id=request.pk, right=request.right, plan_hash=plan.hash), request, by, now)


def note(event: Any, request: SubjectRequest, by: Actor, now: datetime) -> None:
    record(
        event,
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=by,
        now=now,
        correlation_id=request.pk,
    )
