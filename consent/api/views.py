"""Services tell us what people decided, and ask what they may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from consent.actions import choices, decisions
from consent.api import hot
from consent.api.serializers import (
    ChangeIn,
    ConsentIn,
    DecisionRowOut,
    QuestionIn,
    QuestionsIn,
    VerdictOut,
    VerdictsOut,
    WithdrawalIn,
)
from consent.errors import UnknownSubject
from consent.models import Decision
from consent.queries import Question, decide_many
from consent.states import Choice
from privacy_portal import subjects
from privacy_portal.api.access import ServiceView
from privacy_portal.api.idempotency import once

RECORD: dict[str, Callable[..., Decision]] = {
    Choice.GIVEN: decisions.record_consent,
    Choice.REFUSED: decisions.refuse_consent,
    Choice.PENDING: decisions.await_confirmation,
}


class ConsentsView(ServiceView):
    """What a person said. A person named by identifiers we do not know yet becomes known."""

    scopes: ClassVar[dict[str, str]] = {"POST": "consents:write"}

    @extend_schema(request=ConsentIn, responses={201: DecisionRowOut, 200: DecisionRowOut})
    def post(self, request: Request) -> Response:
        return _limited(request, lambda: once(request, self.client, lambda: self._record(request)))

    def _record(self, request: Request) -> Response:
        form = ConsentIn(data=request.data)
        form.is_valid(raise_exception=True)
        data, now = form.validated_data, timezone.now()
        ends = {"valid_until": data["valid_until"]} if "valid_until" in data else {}
        decision = RECORD[data["choice"]](
            **_place(form, _known_or_new(self.client.controller_id, data, now)),
            controller_id=self.client.controller_id,
            proof=form.proof(self.client.code),
            **ends,
            by=self.actor,
            now=now,
        )
        return _recorded(decision, data["purpose"], now)


class WithdrawalsView(ServiceView):
    """A person took their consent back. A repeat is answered 200 with the first withdrawal.

    Who names no law ends what stands under every law: a decision each, and the answer is the latest of them.
    """

    scopes: ClassVar[dict[str, str]] = {"POST": "consents:write"}

    @extend_schema(request=WithdrawalIn, responses={201: DecisionRowOut, 200: DecisionRowOut})
    def post(self, request: Request) -> Response:
        return _limited(request, lambda: once(request, self.client, lambda: self._withdraw(request)))

    def _withdraw(self, request: Request) -> Response:
        form = WithdrawalIn(data=request.data)
        form.is_valid(raise_exception=True)
        subject_id = _known(self.client.controller_id, form.validated_data)
        if subject_id is None:
            raise UnknownSubject()
        now = timezone.now()
        told = {
            **_place(form, subject_id),
            "controller_id": self.client.controller_id,
            "proof": form.proof(self.client.code),
            "by": self.actor,
            "now": now,
        }
        ended = [decisions.withdraw_consent(**told)] if "law" in told else choices.withdraw_everywhere(**told)
        return _recorded(ended[0], form.validated_data["purpose"], now)


record_consent, record_withdrawal = ConsentsView.as_view(), WithdrawalsView.as_view()
"""The same two as the fast lane calls them (wiring.FAST_LANE)."""

_ASKED = [OpenApiParameter("subject", str, required=True), OpenApiParameter("purpose", str, required=True)]


class DecisionsView(ServiceView):
    """May data of this person be used for this purpose now?"""

    scopes: ClassVar[dict[str, str]] = {"GET": hot.SCOPE, "POST": hot.SCOPE}

    @extend_schema(
        operation_id="decision", parameters=[*_ASKED, OpenApiParameter("law", str)], responses=VerdictOut
    )
    def get(self, request: Request) -> Response:
        body = hot.answer(self.client.controller_id, request.query_params, timezone.now())
        return Response(body, headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="decisions",
        request=PolymorphicProxySerializer(
            "Questions", [QuestionIn, QuestionsIn], resource_type_field_name=None
        ),
        responses={200: VerdictsOut},
    )
    def post(self, request: Request) -> Response:
        return _limited(request, lambda: self._decide(request))

    def _decide(self, request: Request) -> Response:
        many = isinstance(request.data, dict) and "questions" in request.data
        form = QuestionsIn(data=request.data if many else {"questions": [request.data]})
        form.is_valid(raise_exception=True)
        controller_id, now = self.client.controller_id, timezone.now()
        asked = [
            Question(_known(controller_id, one), one["purpose"], one["law"])
            for one in form.validated_data["questions"]
        ]
        verdicts = decide_many(controller_id=controller_id, questions=asked, now=now)
        rows = [
            {
                "subject": str(question.subject_id) if question.subject_id else None,
                "purpose": question.purpose,
                "law": question.law,
                **hot.shown(verdict),
                "at": now.isoformat(),
            }
            for question, verdict in zip(asked, verdicts, strict=True)
        ]
        return Response({"verdicts": rows}, headers={"Cache-Control": "no-store"})


def _limited(request: Request, work: Callable[[], Response]) -> Response:
    """Reading the body as a whole first is what holds it to the size limit (413)."""
    assert request.body is not None
    return work()


def _place(form: ChangeIn, subject_id: UUID) -> dict[str, Any]:
    data = form.validated_data
    law = {"law": data["law"]} if "law" in data else {}
    return {
        "subject_id": subject_id,
        "purpose": data["purpose"],
        "decided_at": data.get("decided_at"),
        **law,
    }


def _known_or_new(controller_id: UUID, data: dict[str, Any], now: datetime) -> UUID:
    if "subject" in data:
        return UUID(str(data["subject"]))
    identifiers = data["identifiers"]
    known = subjects.find_id(controller_id=controller_id, identifiers=identifiers)
    return known or subjects.remember(controller_id=controller_id, identifiers=identifiers, now=now).pk


def _known(controller_id: UUID, data: dict[str, Any]) -> UUID | None:
    """The subject by id, or by the first of its identifiers that we know."""
    if "subject" in data:
        return UUID(str(data["subject"]))
    for kind, value in data["identifiers"].items():
        if found := subjects.find(controller_id=controller_id, kind=kind, value=value):
            return found.pk
    return None


def _recorded(decision: Decision, purpose: str, now: datetime) -> Response:
    repeated = decision.is_repeat(now)
    return Response(_row(decision, purpose, repeated), status=200 if repeated else 201)


def _row(decision: Decision, purpose: str, repeated: bool) -> dict[str, Any]:
    """As DecisionRowOut describes it, without building a serializer for every write."""
    return {
        "id": str(decision.pk),
        "subject": str(decision.subject_id),
        "purpose": purpose,
        "law": decision.law,
        "choice": str(decision.choice),
        "decided_at": _moment(decision.decided_at),
        "recorded_at": _moment(decision.recorded_at),
        "valid_until": _moment(decision.valid_until) if decision.valid_until else None,
        "repeated": repeated,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
