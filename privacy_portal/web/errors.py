"""Pages for what is not there: HTML for people, problem+json for services."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found, permission_denied

from privacy_portal.api import problems


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.response(Http404()) or page_not_found(request, exception)
    return page_not_found(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.response(exception) or permission_denied(request, exception)
    return permission_denied(request, exception)
