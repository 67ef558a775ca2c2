"""What holds for every start, every law and every line of input."""

import json
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_portal.errors import Invalid
from privacy_portal.law import deadlines, rows, rules
from privacy_portal.law.calendars import Calendar
from privacy_portal.law.spans import months_after

DAYS = st.dates(date(2018, 6, 1), date(2060, 12, 31))
CALENDARS = st.sampled_from(["IE", "DE-BE", "DE-BY", "FR", "NL", "ES", "IT", "PL", "SE", "GB-ENG", "GB-SCT"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["law", "clock", "right", "start", "calendar", "tz", "now"])
WORDS = st.sampled_from(
    ["GDPR", "UK GDPR", "CCPA", "LGPD", "request", "breach_authority", "access", "2026-03-29T02:30", "IE", "US-CA",
     "Europe/Berlin", "2026-01-31", "9999-12-31", "0001-01-01T00:00+14:00", "../etc", "Europe", "", "\x00", "\ud800"]
)  # fmt: skip


@given(start=DAYS, calendar=CALENDARS, law=st.sampled_from(["GDPR", "UK GDPR"]))
def test_a_period_in_months_never_ends_on_a_day_of_rest_nor_before_its_nominal_day(start, calendar, law):
    deadline = deadlines.compute(law=law, clock="request", start=start, calendar=calendar)
    days = Calendar.of(calendar)

    for day in (deadline.due_on, deadline.extended_due_on):
        assert days.is_working(day)
    assert start < deadline.nominal_due_on <= deadline.due_on < deadline.extended_due_on
    assert deadline.extension_notice_by <= deadline.due_on


@given(start=st.dates(max_value=date(9000, 1, 1)), months=st.integers(0, 240))
def test_adding_months_never_overflows_into_the_next(start, months):
    end = months_after(start, months)

    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


@given(start=DAYS, number=st.sampled_from(range(len(rules.RULES))))
def test_every_rule_counts_from_every_day_it_is_in_force(start, number):
    rule = rules.RULES[number]
    moment = datetime(start.year, start.month, start.day, 12)
    try:
        right = rule.rights[0] if rule.rights else None
        deadline = deadlines.compute(law=rule.law, clock=rule.clock, right=right, start=moment)
    except Invalid as refused:
        assert refused.field == "start"
        return

    days = [deadline.acknowledge_on, deadline.nominal_due_on, deadline.due_on, deadline.extended_due_on]
    assert all(day > start for day in days if day)
    assert len(deadline.steps) >= 2
    assert all(step.endswith((".", ")")) for step in deadline.steps)


@given(start=st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)), calendar=CALENDARS)
def test_seventy_two_hours_are_always_seventy_two(start, calendar):
    try:
        deadline = deadlines.compute(
            law="GDPR", clock="breach_authority", start=start, calendar=calendar, now=start
        )
    except Invalid as refused:
        assert "skipped by the clocks" in refused.detail
        return

    assert deadline.remaining_hours == 72
    assert deadline.phase == "within"


@settings(max_examples=300)
@given(
    line=st.text() | JSON.map(json.dumps) | st.dictionaries(FIELDS, WORDS | st.text() | JSON).map(json.dumps)
)
def test_no_line_of_input_ever_raises(line):
    answer = rows.answer(line)

    assert ("error" in answer) != ("steps" in answer)
    assert json.loads(json.dumps(answer)) == answer
