"""The deadline vectors as one table; where each row comes from stands in vectors/SOURCES.txt."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacy_portal.law import rows

VECTORS = json.loads((Path(__file__).parent / "vectors" / "deadlines.json").read_text())
YEARLESS = range(2019, 2030)

# What a vector calls a date, and what the calculus calls it.
FIGURES = {
    "nominal_due": "nominal_due_on",
    "due": "due_on",
    "respond_by": "due_on",
    "comply_by": "due_on",
    "decide_by": "due_on",
    "next_access_by": "due_on",
    "confirm_by": "acknowledge_on",
    "extended_to": "extended_due_on",
    "strict_due": "due_at",
    "hours_rule_due": "hours_rule_due_at",
    "outer_two_full_working_days": "outer_due_at",
    "remaining_h": "remaining_hours",
    "phase": "phase",
}


def questions() -> Iterator[object]:
    for vector in VECTORS:
        years = [f"{year}-" for year in YEARLESS] if len(vector["start"]) == 5 else [""]
        for year in years:
            yield pytest.param(vector, year, id=f"{year}{vector['id']}: {vector['source'][:40]}")


@pytest.mark.parametrize(("vector", "year"), list(questions()))
def test_a_deadline_falls_where_the_vector_says(vector, year):
    expected = dict(vector["expected"])
    answer = rows.answer(json.dumps(question(vector, year)))

    if expected.pop("error", False):
        assert answer["error"].startswith("start: ")
    else:
        assert "error" not in answer
    if "small_agent_due" in expected:
        small = rows.answer(json.dumps(question(vector, year) | {"right": "small_agent"}))
        assert small["due_on"] == expected.pop("small_agent_due")
    for name, value in expected.items():
        assert_same(answer, name, value, vector, year)


def question(vector, year) -> dict[str, str | None]:
    asked = {"law": vector["law"], "clock": clock_of(vector), "start": year + vector["start"]}
    optional = {"calendar": vector["calendar"], "now": vector.get("now")}
    tz = vector.get("tz", "")
    return asked | optional | ({"tz": tz} if tz.startswith("Europe/") else {})


def clock_of(vector) -> str:
    event = vector["event"]
    if "1798.82" in vector["law"]:
        return "breach_people"
    if any(mark in event for mark in ("72 h", "Art 33", "exactly at the deadline", "incident")):
        return "breach_authority"
    words = {"opt-out": "opt_out", "appeal": "appeal", "DROP": "drop_access"}
    return next((clock for word, clock in words.items() if word in event), "request")


def assert_same(answer, name, value, vector, year):
    figure = FIGURES[name]
    if vector.get("months") == 3:
        if name == "nominal_due":
            return
        figure = "extended_due_on"
    found = answer[figure]
    if figure.endswith("_at"):
        assert moment(found) == moment(value)
    elif len(str(value)) == 5:
        assert found == year + value
    else:
        assert found == value


def moment(text: str) -> datetime:
    """A vector without an offset is read in UTC, as the calculus reads a start without zone or calendar."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
