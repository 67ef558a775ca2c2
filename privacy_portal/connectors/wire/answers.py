"""Reading what a system answered: small JSON whole, exports as a stream, problems as one of our two failures."""

from __future__ import annotations

import email.utils
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx2

from privacy_portal.connectors.base import DatasetOutcome, Outcome, Refused, State, Unreachable
from privacy_portal.connectors.wire.requests import identifier_of

PROBLEM_CODES = frozenset(
    {
        "bad_signature",
        "invalid_request",
        "too_large",
        "key_reused",
        "no_such_dataset",
        "not_supported",
        "cannot_restrict",
        "no_such_purpose",
        "on_hold",
    }
)
"""Codes of a problem that we repeat in our own records. Any other text of theirs might be personal: it is not kept."""

_LATER = frozenset({408, 409, 423, 425, 429})
_LONGEST_WAIT = 86_400.0
_LONGEST_TEXT = 300


def raise_for_problem(response: httpx2.Response, at: datetime) -> None:
    """Pass a 2xx, raise Unreachable for what may work later, Refused for what will not. Reads only a problem's body."""
    status = response.status_code
    if 200 <= status < 300:
        return
    wait = _retry_after(response.headers.get("retry-after", ""), at)
    code = _problem_code(response)
    if status in _LATER or (status >= 500 and status not in (501, 505)):
        raise Unreachable(f"http_{status}", retry_after_seconds=wait)
    raise Refused(f"http_{status}:{code}" if code else f"http_{status}")


def outcome_of(raw: bytes) -> Outcome:
    """The outcome inside a finished answer, for a synchronous one and for a callback alike.

    Raises Unreachable on half a body, Refused on a whole one of another shape.
    """
    body = parse_json(raw)
    try:
        outcome = _checked(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("bad_answer") from error
    return replace(outcome, evidence=hashlib.sha256(raw).hexdigest())


def parse_json(raw: bytes) -> Any:
    """Raises Unreachable("half_body") where the text simply stops, Refused("bad_json") where it is no JSON at all."""
    try:
        return json.loads(raw)
    except UnicodeDecodeError as error:
        raise Refused("bad_json") from error
    except RecursionError as error:
        raise Refused("bad_json") from error
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"):
            raise Unreachable("half_body") from error
        raise Refused("bad_json") from error


def _checked(body: Any) -> Outcome:
    if body["request_status"] in ("failed", "cancelled"):
        code = _known(body.get("code"))
        raise Refused(f"failed:{code}" if code else "failed")
    if body["request_status"] != "completed":
        raise ValueError("request_status")
    # A processor of plain OpenDSR says "completed" and no more: rows_left stays unknown, and a person will look.
    given = body.get("outcome", {})
    outcome = Outcome.from_json(given)
    if outcome.state == State.ACCEPTED or not all(isinstance(action, str) for action in outcome.actions):
        raise ValueError("outcome")
    _check_count(given.get("rows_left"), may_be_missing=True)
    for row in given.get("datasets", ()):
        _check_numbers(row)
    identifiers = [identifier_of(identity) for identity in body.get("subject_identities", ())]
    return replace(
        outcome,
        datasets=tuple(_shortened(dataset) for dataset in outcome.datasets),
        actions=tuple(action[:60] for action in outcome.actions[:50]),
        identifiers=tuple(identifier for identifier in identifiers if identifier),
    )


def _check_numbers(row: dict[str, Any]) -> None:
    for name in ("found", "erased", "changed", "pseudonymised", "kept", "left"):
        _check_count(row.get(name, 0))
    for ground in row.get("grounds", ()):
        _check_count(ground["rows"])


def _check_count(value: Any, *, may_be_missing: bool = False) -> None:
    """`int()` would make 3 of "3", 3.7 and True; a count is a whole number or the answer is wrong."""
    if value is None and may_be_missing:
        return
    if type(value) is not int or value < 0:
        raise ValueError("count")


def _shortened(dataset: DatasetOutcome) -> DatasetOutcome:
    grounds = tuple(
        replace(
            kept,
            field=str(kept.field)[:80],
            reason=str(kept.reason)[:_LONGEST_TEXT],
            article=str(kept.article)[:80],
            until=str(kept.until)[:10],
        )
        for kept in dataset.grounds[:200]
    )
    return replace(dataset, dataset=dataset.dataset[:80], grounds=grounds)


def _problem_code(response: httpx2.Response) -> str:
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return ""
    try:
        code = parse_json(b"".join(response.iter_raw())).get("code", "")
    except (Refused, Unreachable, AttributeError, httpx2.HTTPError):
        return ""
    return _known(code)


def _known(code: Any) -> str:
    return code if isinstance(code, str) and code in PROBLEM_CODES else ""


def _retry_after(text: str, at: datetime) -> float | None:
    """Seconds, or a date as in RFC 9110; what cannot be read is as if it were not there."""
    if text.strip().isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        seconds = (email.utils.parsedate_to_datetime(text) - at).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)
