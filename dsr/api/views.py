"""Services open requests and follow them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dsr.actions import identity, intake
from dsr.api.serializers import CodeIn, CodeSentOut, RequestIn, RequestOut
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from dsr.states import Status
from privacy_portal.api.access import MissingScope, ServiceView
from privacy_portal.api.idempotency import once
from privacy_portal.api.pagination import page_of
from privacy_portal.errors import Invalid

VOUCH = "requests:vouch"


class RequestsView(ServiceView):
    scopes = {"GET": "requests:read", "POST": "requests:write"}

    @extend_schema(
        operation_id="requests_list",
        parameters=[
            OpenApiParameter("status", str),
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", int),
        ],
        responses=RequestOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = SubjectRequest.objects.within(self.reach)
        if status := request.query_params.get("status"):
            if status not in Status.values:
                raise Invalid("status", f"must be one of {', '.join(Status.values)}")
            rows = rows.filter(status=status)
        page = page_of(rows, request, moment="received_at")
        return page.response(RequestOut(page.rows, many=True).data)

    @extend_schema(request=RequestIn, responses={201: RequestOut})
    def post(self, request: Request) -> Response:
        return once(request, self.client, lambda: self._open(request))

    def _open(self, request: Request) -> Response:
        form = RequestIn(data=request.data)
        form.is_valid(raise_exception=True)
        if form.validated_data["verified"]:
            self._check_may_vouch(request)
        asked = intake.Asked(channel=Channel.API, **form.validated_data)
        opened = intake.open_request(
            controller_id=self.client.controller_id, asked=asked, by=self.actor, now=timezone.now()
        )
        return Response(
            RequestOut(opened).data, status=201, headers={"Location": f"/api/v1/requests/{opened.pk}"}
        )

    def _check_may_vouch(self, request: Request) -> None:
        """Who vouches takes the place of the identity check (GDPR Art. 12(6)): a right of its own."""
        granted: Any = request.auth
        if VOUCH not in granted:
            raise MissingScope(f"The scope {VOUCH} is needed to open a request with verified: true.")


class RequestView(ServiceView):
    scopes = {"GET": "requests:read"}

    @extend_schema(operation_id="requests_detail", responses=RequestOut)
    def get(self, request: Request, request_id: UUID) -> Response:
        return Response(RequestOut(_own(self, request_id)).data)


class ConfirmationView(ServiceView):
    """The person typed the code into the service's own form."""

    scopes = {"POST": "requests:write"}

    @extend_schema(operation_id="requests_confirm", request=CodeIn, responses={201: RequestOut})
    def post(self, request: Request, request_id: UUID) -> Response:
        """Every try counts, so no Idempotency-Key; after a lost answer, ask how the request stands."""
        form = CodeIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = _own(self, request_id)
        confirmed = identity.confirm_identity(
            request_id=row.pk, code=form.validated_data["code"], by=self.actor, now=timezone.now()
        )
        return Response(RequestOut(confirmed).data, status=201)


class CodesView(ServiceView):
    """The mail did not come, or came too late: another one."""

    scopes = {"POST": "requests:write"}

    @extend_schema(operation_id="requests_send_code", request=None, responses={202: CodeSentOut})
    def post(self, request: Request, request_id: UUID) -> Response:
        return once(request, self.client, lambda: self._send(request_id))

    def _send(self, request_id: UUID) -> Response:
        now = timezone.now()
        identity.send_code_again(request_id=_own(self, request_id).pk, by=self.actor, now=now)
        return Response(CodeSentOut({"expires_at": now + identity.LIFE}).data, status=202)


def _own(view: ServiceView, request_id: UUID) -> SubjectRequest:
    """A request of the caller's controller; of another one it looks as if there were none."""
    row = SubjectRequest.objects.within(view.reach).filter(pk=request_id).first()  # by key
    if row is None:
        raise Http404
    return row
