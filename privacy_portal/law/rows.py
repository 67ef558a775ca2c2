"""One question as a line of JSON, one answer as an object: never a traceback, an error names its field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from privacy_portal.errors import DomainError, Invalid
from privacy_portal.law import deadlines, moments
from privacy_portal.law.shapes import Deadline
from privacy_portal.law.wording import quoted

_REQUIRED: Final = ("law", "clock", "start")
_OPTIONAL: Final = ("right", "calendar", "tz", "now")


def answer(line: str) -> dict[str, object]:
    """The figures and steps for one row, or `{"error": …}`."""
    try:
        return _answer_row(_read(line)).answer()
    except DomainError as problem:
        return {"error": problem.detail}


def ask(row: Mapping[str, str | None]) -> Deadline:
    """Compute from texts as they come from a command line or a form. Raises Invalid."""
    now = row.get("now")
    return deadlines.compute(
        law=row["law"] or "",
        clock=row["clock"] or "",
        right=row.get("right"),
        start=moments.parse("start", row["start"] or ""),
        calendar=row.get("calendar"),
        tz=row.get("tz"),
        now=moments.parse("now", now) if now is not None else None,
    )


def _read(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except RecursionError as problem:
        raise Invalid("row", "is nested too deeply; write one flat JSON object") from problem
    except ValueError as problem:
        raise Invalid("row", f"is not JSON ({problem}); write one JSON object a line") from problem
    if not isinstance(row, dict):
        raise Invalid("row", 'is not a JSON object; write {"law": …, "clock": …, "start": …}')
    return row


def _answer_row(row: dict[str, object]) -> Deadline:
    texts = {field: _text(row, field) for field in (*_REQUIRED, *_OPTIONAL)}
    for field in _REQUIRED:
        if texts[field] is None:
            raise Invalid(field, "is missing; every row needs law, clock and start")
    deadline = ask(texts)
    unused = [quoted(key) for key in row if key not in texts]
    return deadline.told(f"Not used: {', '.join(unused[:5])}.") if unused else deadline


def _text(row: dict[str, object], field: str) -> str | None:
    value = row.get(field)
    if value is None or isinstance(value, str):
        return value
    raise Invalid(field, f"{quoted(value)} is not text; write it in quotation marks")
