"""Middleware of our own: a short way in for the hot API path, and domain errors as answers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse
from django.utils.module_loading import import_string

from privacy_portal.api import problems
from privacy_portal.errors import DomainError
from privacy_portal.wiring import FAST_LANE

Answer = Callable[[HttpRequest], HttpResponse]


class FastLane:
    """Paths asked thousands of times a second skip sessions, cookies and page headers: they use none of them."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.lanes = {asked: import_string(view) for asked, view in FAST_LANE.items()}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.lanes.get((request.method or "", request.path_info))
        if view is None:
            return self.get_response(request)
        response: HttpResponse = view(request)
        if isinstance(response, SimpleTemplateResponse):  # DRF's too: Django would render it further in
            response.render()
        return response


class DomainErrors:
    """A DomainError that reaches the top of a page becomes a page (or a problem under /api/) with its status."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.path.startswith("/api/"):
            return problems.bare_405(response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.path.startswith("/api/"):
            return problems.response(error)
        if isinstance(error, DomainError):
            return render(request, "portal/problem.html", {"problem": error}, status=error.status)
        return None
