"""Services open requests and follow them."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dsr.actions import intake
from dsr.api.serializers import RequestIn, RequestOut
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from dsr.states import Status
from privacy_portal.api.access import ServiceView
from privacy_portal.api.idempotency import once
from privacy_portal.api.pagination import page_of
from privacy_portal.errors import Invalid


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
        asked = intake.Asked(channel=Channel.API, **form.validated_data)
        opened = intake.open_request(
            controller_id=self.client.controller_id, asked=asked, by=self.actor, now=timezone.now()
        )
        return Response(
            RequestOut(opened).data, status=201, headers={"Location": f"/api/v1/requests/{opened.pk}"}
        )


class RequestView(ServiceView):
    scopes = {"GET": "requests:read"}

    @extend_schema(operation_id="requests_detail", responses=RequestOut)
    def get(self, request: Request, request_id: UUID) -> Response:
        row = SubjectRequest.objects.within(self.reach).filter(pk=request_id).first()  # by key
        if row is None:
            raise Http404
        return Response(RequestOut(row).data)
