"""Every error leaves as problem+json (RFC 9457); HTTP is decided here, once."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from privacy_portal.errors import DomainError, Invalid, Unavailable

CONTENT_TYPE = "application/problem+json"
TYPE_BASE = "/problems/"
log = structlog.get_logger(__name__)


def as_problem(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]] | None:
    """(status, body, headers) of an error this product answers with; None for one that is a defect."""
    if isinstance(error, DomainError):
        return error.status, _domain(error), {}
    if isinstance(error, Http404):
        return 404, _problem(404, "not-found", "There is no such thing, or it is not yours to see."), {}
    if isinstance(error, PermissionDenied):
        return 403, _problem(403, "forbidden", "You may not do this."), {}
    if isinstance(error, RequestDataTooBig):
        return 413, _problem(413, "body-too-large", "The body is larger than this service takes."), {}
    if isinstance(error, exceptions.ValidationError):
        return 422, _validation(error), {}
    if isinstance(error, exceptions.APIException):
        return error.status_code, _framework(error), _headers(error)
    if isinstance(error, DatabaseError):
        log.error("database_unavailable", error=type(error).__name__)
        return 503, _domain(Unavailable("The database does not answer.")), {"Retry-After": "5"}
    return None


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    problem = as_problem(error)
    if problem is None:
        return None
    status, body, headers = problem
    set_rollback()
    return Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)


def response(error: Exception) -> HttpResponse | None:
    """The same for plain Django views; None for a defect, which Django answers and logs."""
    problem = as_problem(error)
    if problem is None:
        return None
    status, body, headers = problem
    return _answer(status, body, headers)


def defect() -> HttpResponse:
    """The answer to what is wrong with us; Django has logged it."""
    return _answer(500, _problem(500, "defect", "This service made a mistake. It has been logged."), {})


def bad_request() -> HttpResponse:
    return _answer(400, _problem(400, "bad-request", "This service does not take such a request."), {})


def bare_405(refused: HttpResponse) -> HttpResponse:
    """Plain Django views refuse a method without a word; the same refusal, with one."""
    allowed = refused["Allow"]
    words = f"Only {allowed} is answered at this address."
    return _answer(405, _problem(405, "method-not-allowed", words), {"Allow": allowed})


def _answer(status: int, body: dict[str, Any], headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(json.dumps(body), status=status, headers=headers, content_type=CONTENT_TYPE)


def _problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    title = code.replace("-", " ").capitalize()
    return {"type": f"{TYPE_BASE}{code}", "title": title, "status": status, "detail": detail, **more}


def _domain(error: DomainError) -> dict[str, Any]:
    problem = _problem(error.status, error.code, error.detail)
    if isinstance(error, Invalid):
        problem["errors"] = [{"detail": error.fix, "pointer": "#/" + error.field.replace(".", "/")}]
    return problem


def _validation(error: exceptions.ValidationError) -> dict[str, Any]:
    return _problem(
        422, "invalid", "Some fields do not hold what they must.", errors=list(_flat(error.detail))
    )


def _flat(detail: Any, pointer: str = "#") -> Any:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        for number, inner in enumerate(detail):
            yield from _flat(inner, f"{pointer}/{number}")
    else:
        for message in detail if isinstance(detail, list) else [detail]:
            yield {"detail": str(message), "pointer": pointer}


def _framework(error: exceptions.APIException) -> dict[str, Any]:
    code = str(getattr(error, "default_code", "error")).replace("_", "-")
    detail = error.detail if isinstance(error.detail, str) else str(error.default_detail)
    return _problem(error.status_code, code, detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    return headers
