"""The single decision, asked thousands of times a second: a plain view, one query, nothing cached.

A verdict is read from the row each time: after a withdrawal was answered, no decision says yes any more.
`DecisionsView.get` answers the same; this one is routed before sessions and page headers (wiring.FAST_LANE).
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consent.queries.verdicts import Verdict, decide
from privacy_portal.api import problems
from privacy_portal.api.access import fast_service
from privacy_portal.errors import DomainError, Invalid, Unavailable
from privacy_portal.vocabulary import Law

SCOPE = "decisions:read"
LAW = re.compile(r"(?=.{2,60}\Z)[A-Z][A-Z0-9]+(?: [A-Za-z0-9.()&-]+){0,5}")


def decide_view(request: HttpRequest) -> HttpResponse:
    """`GET ?subject=&purpose=[&law=]`. Fails closed: with the database away it answers 503, never a yes."""
    try:
        body = _asked_without_a_health_check(request)
    except DomainError as error:
        return _problem(error)
    except Error:
        return _problem(Unavailable("The database does not answer; treat this as a no and ask again."))
    return HttpResponse(
        json.dumps(body), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _asked_without_a_health_check(request: HttpRequest) -> dict[str, Any]:
    """A read may be tried again on a fresh connection, so asking first whether the old one lives would only cost."""
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _asked(request)
    except Error:
        if connection.in_atomic_block:
            raise
        connection.close()
        return _asked(request)


def _asked(request: HttpRequest) -> dict[str, Any]:
    client, _reach = fast_service(request, SCOPE)
    return answer(client.controller_id, request.GET, timezone.now())


def answer(controller_id: UUID, asked: Any, now: datetime) -> dict[str, Any]:
    """Raises Invalid on a missing or malformed parameter, UnknownSubject, UnknownPurpose."""
    purpose, law = asked.get("purpose", ""), asked.get("law", Law.GDPR.value)
    try:
        subject_id = UUID(asked.get("subject", ""))
    except ValueError:
        raise Invalid("subject", "must be the id of a subject; send identifiers in a POST body") from None
    if not purpose:
        raise Invalid("purpose", "name the purpose by its code")
    if not LAW.fullmatch(law):
        raise Invalid("law", "must be the name of a law, such as GDPR")
    verdict = decide(controller_id=controller_id, subject_id=subject_id, purpose=purpose, law=law, now=now)
    return {
        "subject": str(subject_id),
        "purpose": purpose,
        "law": law,
        **shown(verdict),
        "at": now.isoformat(),
    }


def shown(verdict: Verdict) -> dict[str, Any]:
    return {
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "sentence": verdict.sentence,
        "legal_basis": verdict.legal_basis,
        "record_ids": verdict.record_ids,
        "valid_until": verdict.valid_until.isoformat() if verdict.valid_until else None,
    }


def _problem(error: DomainError) -> HttpResponse:
    response = problems.response(error)
    assert response is not None
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response
