"""Pages for what is not there or went wrong: HTML for people, problem+json for services."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import bad_request as plain_bad_request
from django.views.defaults import page_not_found, permission_denied, server_error

from privacy_portal.api import problems


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django takes for an attack, such as a host name that is not ours."""
    if request.path.startswith("/api/"):
        return problems.bad_request()
    return plain_bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.response(Http404()) or page_not_found(request, exception)
    return page_not_found(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.response(exception) or permission_denied(request, exception)
    return permission_denied(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    """A defect of ours: it is in the log, and nothing of it in the answer."""
    if request.path.startswith("/api/"):
        return problems.defect()
    return server_error(request)
