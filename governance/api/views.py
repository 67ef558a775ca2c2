"""Views of the API: parse, one action, present."""

from __future__ import annotations

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.actions import breaches
from governance.actions.breaches import Report
from governance.api.serializers import BreachIn, BreachOut, SystemDetailOut, SystemOut
from governance.queries import register
from governance.states import Channel
from privacy_portal.api.access import ServiceView
from privacy_portal.api.idempotency import once
from privacy_portal.api.pagination import page_of


class SystemsView(ServiceView):
    scopes = {"GET": "register:read"}

    @extend_schema(
        responses=SystemOut(many=True),
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        summary="Systems of the register, a page at a time",
    )
    def get(self, request: Request) -> Response:
        page = page_of(register.systems_within(self.reach), request, moment="registered_at")
        return page.response(SystemOut(page.rows, many=True).data)


class SystemView(ServiceView):
    scopes = {"GET": "register:read"}

    @extend_schema(
        responses=SystemDetailOut, summary="One system: its datasets, fields, rules and activities"
    )
    def get(self, request: Request, code: str) -> Response:
        system = register.system_in_full(self.reach, code=code)
        if system is None:
            raise Http404
        return Response(SystemDetailOut(system).data)


class BreachesView(ServiceView):
    scopes = {"POST": "breaches:write"}

    @extend_schema(request=BreachIn, responses={201: BreachOut}, summary="Report a breach; its clocks start")
    def post(self, request: Request) -> Response:
        given = BreachIn(data=request.data)
        given.is_valid(raise_exception=True)
        return once(
            request, self.client, lambda: self._report(Report(channel=Channel.API, **given.validated_data))
        )

    def _report(self, report: Report) -> Response:
        breach = breaches.report_breach(
            controller_id=self.client.controller_id, report=report, by=self.actor, now=timezone.now()
        )
        return Response(BreachOut(breach).data, status=201)
