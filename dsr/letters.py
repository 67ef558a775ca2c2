"""What each mail about a request says: the values its template needs, computed when it is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from dsr.actions import links
from dsr.actions.assessment import REFUSALS
from dsr.actions.identity import LIFE, code_of
from dsr.models import SubjectRequest
from privacy_portal.fanout.models import SystemTask


def code(task: SystemTask) -> dict[str, Any]:
    """The code itself is computed here from the check's id; it is stored nowhere."""
    request = _request(task)
    return {
        **_common(request),
        "code": code_of(UUID(task.instructions["reference"]["check_id"])),
        "confirm_url": links.confirm_url(request),
        "minutes": int(LIFE.total_seconds() // 60),
    }


def case(task: SystemTask) -> dict[str, Any]:
    return _common(_request(task))


def refusal(task: SystemTask) -> dict[str, Any]:
    request = _request(task)
    return {**_common(request), "ground": REFUSALS[request.refusal_reason], "text": request.refusal_text}


def answer(task: SystemTask) -> dict[str, Any]:
    request = _request(task)
    letter = request.answer.letter
    parcel = request.answer.parcel
    return {**_common(request), "letter": letter, "expires_at": parcel.expires_at if parcel else None}


def _request(task: SystemTask) -> SubjectRequest:
    return SubjectRequest.objects.select_related("controller", "answer__parcel").get(pk=task.cause_id)


def _common(request: SubjectRequest) -> dict[str, Any]:
    return {
        "reference": request.reference,
        "right": request.get_right_display(),
        "due_on": request.due_on,
        "extension_reason": request.extension_reason,
        "tracking_url": links.tracking_url(request),
    }
