"""`manage.py deadlines` as it is typed, without a database."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

KEYS = {
    "acknowledge_on", "nominal_due_on", "due_on", "extension_notice_by", "extended_due_on", "due_at",
    "hours_rule_due_at", "outer_due_at", "phase", "remaining_hours", "steps",
}  # fmt: skip


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("deadlines", *arguments, stdout=out)
    return out.getvalue()


def run_rows(monkeypatch, *lines: object) -> list[dict]:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogatepass"))))
    return [json.loads(line) for line in run("--jsonl").splitlines()]


def test_the_dates_and_the_reasons_are_printed():
    printed = run("--law=GDPR", "--clock=request", "--right=access", "--start=2026-01-31", "--calendar=IE")

    assert "due_on               2026-03-02" in printed
    assert "1. Rule: GDPR Art. 12(3), in force from Friday 25 May 2018." in printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--law=GDPR", "--clock=request"], "start: is missing; give --start"),
        (["--law=GDPR", "--clock=request", "--start=2026-02-30"], "start: “2026-02-30” does not exist"),
        (["--law=GDPR", "--clock=request", "--start=31.01.2026"], "write YYYY-MM-DD"),
        (["--law=GDPR", "--clock=request", "--start=2026-01-31", "--calendar=XX"], "calendar: “XX”"),
        (["--law=GDPR", "--clock=request", "--start=2026-01-31", "--calendar=IE-ZZ"], "calendar: “IE-ZZ”"),
        (["--law=GDPR", "--clock=request", "--start=2026-01-31", "--tz=Mars"], "tz: “Mars”"),
        (["--law=GDPR", "--clock=request", "--start=2026-09-20T24:00"], "does not exist"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, says):
    with pytest.raises(CommandError, match=says):
        run(*arguments)


def test_each_row_has_its_answer_in_order_and_only_the_agreed_keys(monkeypatch):
    answers = run_rows(
        monkeypatch,
        {"law": "CCPA", "clock": "request", "start": "2026-01-02", "calendar": "US-CA", "right": None},
        {"law": "GDPR", "clock": "breach_authority", "start": "2026-11-20T10:20", "tz": "Europe/Berlin",
         "calendar": "DE-BE", "now": "2026-11-21T10:20"},
        {"law": "GDPR", "clock": "request", "start": ""},
    )  # fmt: skip

    assert [answer.get("due_on") for answer in answers] == ["2026-02-16", None, None]
    assert answers[1]["due_at"] == "2026-11-23T10:20:00+01:00"
    assert (answers[1]["phase"], answers[1]["remaining_hours"]) == ("within", 48)
    assert all(set(answer) <= KEYS for answer in answers[:2])
    assert set(answers[2]) == {"error"}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("nonsense", "row: is not JSON"),
        ("[]", "row: is not a JSON object"),
        ("[" * 100_000, "row: is nested too deeply"),
        ('{"law": "GDPR", "clock": "request"}', "start: is missing"),
        ('{"law": "GDPR", "clock": "request", "start": 20260131}', "start: “20260131” is not text"),
        ('{"law": ["GDPR"], "clock": "request", "start": "2026-01-31"}', "law: "),
        ('{"law": "GDPR", "clock": "request", "start": "2126-01-31"}', "start: 2126 is out of reach"),
        ('{"law": "GDPR", "clock": "request", "start": "08-31"}', "start: “08-31” is not read"),
        ('{"law": "GDPR", "clock": "request", "start": "2026-01-31", "now": ""}', "now: is empty"),
        ('{"law": "\ud800", "clock": "request", "start": "2026-01-31"}', "law: "),
    ],
)
def test_a_bad_row_is_an_error_object_and_the_next_row_is_answered(monkeypatch, row, says):
    good = {"law": "GDPR", "clock": "request", "start": "2026-03-05"}

    bad_answer, good_answer = run_rows(monkeypatch, row, "", good)

    assert bad_answer["error"].startswith(says)
    assert good_answer["nominal_due_on"] == "2026-04-05"


def test_a_key_no_rule_uses_is_named(monkeypatch):
    row = {"law": "GDPR", "clock": "request", "start": "2026-03-05", "calender": "IE"}

    (answer,) = run_rows(monkeypatch, row)

    assert answer["steps"][-1] == "Not used: “calender”."
