"""Counting, one habit of one law at a time."""

from datetime import UTC, date, datetime

import pytest

from privacy_portal.errors import Invalid
from privacy_portal.law import deadlines, standstill
from privacy_portal.law.shapes import Pause


def request(start: date, law: str = "GDPR", **more):
    return deadlines.compute(law=law, clock="request", right="access", start=start, **more)


def breach(start: datetime, law: str = "GDPR", clock: str = "breach_authority", **more):
    return deadlines.compute(law=law, clock=clock, start=start, **more)


def test_the_example_of_the_command_is_explained_step_by_step():
    deadline = request(date(2026, 1, 31), calendar="IE")

    assert deadline.nominal_due_on == date(2026, 2, 28)
    assert deadline.due_on == date(2026, 3, 2)
    assert deadline.extended_due_on == date(2026, 4, 30)
    assert "Reg. 1182/71 Art. 3(2)(c)" in deadline.explain()
    assert "28 February 2026 falls on a Saturday" in deadline.explain()


def test_the_extension_notice_is_due_by_the_unshifted_end_of_the_first_period():
    deadline = request(date(2026, 1, 31), calendar="IE")

    assert deadline.extension_notice_by == date(2026, 2, 28)
    assert "unshifted last day" in deadline.explain()


def test_without_a_calendar_only_weekends_move_the_day_and_it_is_said():
    deadline = request(date(2026, 11, 25))

    assert deadline.due_on == date(2026, 12, 25)
    assert "No holiday calendar was given" in deadline.explain()


def test_a_late_evening_abroad_counts_for_the_day_in_the_zone_of_the_case():
    received = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)

    assert request(received, calendar="DE-BE").nominal_due_on == date(2026, 4, 5)
    assert request(received, calendar="IE").nominal_due_on == date(2026, 4, 4)


def test_the_us_last_day_stays_on_a_sunday():
    deadline = request(date(2026, 3, 5), law="VA VCDPA")

    assert deadline.due_on == deadline.nominal_due_on == date(2026, 4, 19)
    assert "not moved to Monday 20 April 2026" in deadline.explain()


def test_california_warns_of_the_saturday_reading():
    deadline = request(date(2026, 11, 20), law="CCPA")

    assert deadline.acknowledge_on == date(2026, 12, 8)
    assert "Friday 4 December 2026 already" in deadline.explain()


def test_california_counts_its_own_business_days_whatever_calendar_is_given():
    deadline = request(date(2026, 11, 20), law="CCPA", calendar="IE")

    assert deadline.acknowledge_on == date(2026, 12, 8)
    assert "by its own calendar, US-CA" in deadline.explain()


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        pytest.param("2026-03-27T12:00", "2026-03-30T13:00+02:00", id="Art. 33(1): clocks go forward"),
        pytest.param("2026-10-23T12:00", "2026-10-26T11:00+01:00", id="Art. 33(1): clocks go back"),
    ],
)
def test_seventy_two_hours_are_real_hours_across_a_clock_change(aware, due):
    deadline = breach(datetime.fromisoformat(aware), tz="Europe/Berlin")

    assert deadline.due_at == datetime.fromisoformat(due)
    assert "The clocks change in between" in deadline.explain()


def test_the_milder_reading_never_moves_the_alarm():
    deadline = breach(datetime(2026, 11, 20, 10, 20), calendar="DE-BE", now=datetime(2026, 11, 23, 10, 21))

    assert deadline.phase == "exceeded"
    assert deadline.outer_due_at > deadline.due_at


def test_the_milder_reading_never_ends_before_the_period_itself():
    monday = breach(datetime(2026, 11, 16, 10, 20), calendar="DE-BE")

    assert monday.outer_due_at == monday.hours_rule_due_at


def test_the_milder_reading_is_a_matter_of_the_union_only():
    deadline = breach(datetime(2026, 11, 20, 10, 20), law="UK GDPR", calendar="GB-ENG")

    assert deadline.hours_rule_due_at is None
    assert deadline.outer_due_at is None


def test_a_clock_in_hours_needs_the_time_of_day():
    with pytest.raises(Invalid, match=r"start: this clock runs in hours.*YYYY-MM-DDTHH:MM"):
        breach(date(2026, 11, 20))


def test_a_time_the_clocks_skip_is_refused():
    with pytest.raises(Invalid, match="skipped by the clocks in Europe/Berlin"):
        breach(datetime(2026, 3, 29, 2, 30), tz="Europe/Berlin")


def test_of_a_time_that_comes_twice_the_earlier_is_taken():
    deadline = breach(datetime(2026, 10, 25, 2, 30), tz="Europe/Berlin")

    assert deadline.due_at == datetime(2026, 10, 28, 0, 30, tzinfo=UTC)
    assert "came twice" in deadline.explain()


def test_california_residents_have_thirty_days_to_the_same_time():
    deadline = breach(datetime(2026, 10, 20, 9, 0), "CA Civ Code 1798.82", "breach_people", calendar="US-CA")

    assert deadline.due_on == date(2026, 11, 19)
    assert deadline.due_at.isoformat() == "2026-11-19T09:00:00-08:00"


def test_a_duty_without_a_number_has_no_due_date_but_says_so():
    deadline = breach(datetime(2026, 11, 20, 9, 0), clock="breach_people", now=datetime(2026, 11, 21))

    assert (deadline.due_on, deadline.due_at, deadline.phase) == (None, None, None)
    assert "without undue delay" in deadline.explain()


def test_the_complaint_is_acknowledged_in_thirty_days_and_the_later_reading_is_told():
    deadline = deadlines.compute(
        law="UK DPA 2018", clock="complaint", start=date(2026, 7, 2), calendar="GB-ENG"
    )

    assert deadline.acknowledge_on == date(2026, 8, 1)
    assert deadline.due_on is None
    assert "not moved to Monday 3 August 2026" in deadline.explain()


@pytest.mark.parametrize(
    ("now", "phase", "remaining"),
    [
        ("2026-11-20T10:19:00+00:00", "not_started", 72 + 1 / 60),
        ("2026-11-20T10:20:00+00:00", "within", 72),
        ("2026-11-23T10:20:00+00:00", "within", 0),
        ("2026-11-23T10:20:01+00:00", "exceeded", -1 / 3600),
    ],
)
def test_exactly_at_the_deadline_is_still_within(now, phase, remaining):
    deadline = breach(datetime(2026, 11, 20, 10, 20, tzinfo=UTC), now=datetime.fromisoformat(now))

    assert deadline.phase == phase
    assert deadline.remaining_hours == pytest.approx(remaining)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        ("2026-03-02T23:59:59+00:00", "within"),
        ("2026-03-03T00:00:00+00:00", "exceeded"),
    ],
)
def test_the_whole_last_day_is_within(now, phase):
    deadline = request(date(2026, 1, 31), calendar="IE", now=datetime.fromisoformat(now))

    assert deadline.phase == phase
    assert deadline.ends_at == datetime(2026, 3, 3, tzinfo=UTC)


def test_an_extended_clock_runs_to_the_extended_day():
    deadline = request(date(2026, 1, 31), calendar="IE", now=date(2026, 3, 20), extended=True)

    assert deadline.phase == "within_extension"
    assert deadline.last_on == date(2026, 4, 30)


def test_a_clock_without_extension_cannot_be_extended():
    with pytest.raises(Invalid, match="extended: LGPD"):
        request(date(2026, 1, 31), law="LGPD", extended=True)


def test_waiting_for_a_clarification_stops_the_clock_and_overlaps_count_once():
    waits = [
        Pause(date(2026, 3, 10), date(2026, 3, 20), "clarification"),
        Pause(date(2026, 3, 15), date(2026, 3, 22), "clarification"),
    ]

    deadline = request(date(2026, 3, 2), law="UK GDPR", calendar="GB-ENG", pauses=waits)

    assert deadline.due_on == date(2026, 4, 14)
    assert "12 days of standing still" in deadline.explain()
    assert "UK GDPR Art. 12A" in deadline.explain()


def test_a_clock_that_still_stands_is_paused():
    waiting = [Pause(date(2026, 3, 10), None)]

    deadline = request(date(2026, 3, 2), law="UK GDPR", pauses=waiting, now=date(2026, 6, 1))

    assert deadline.phase == "paused"


@pytest.mark.parametrize(
    ("law", "pause", "says"),
    [
        ("CCPA", Pause(date(2026, 3, 10), date(2026, 3, 20)), "never stops this clock"),
        ("GDPR", Pause(date(2026, 3, 1), date(2026, 3, 20)), "when the clock was not running"),
        ("GDPR", Pause(date(2026, 5, 1), date(2026, 5, 20)), "when the clock was not running"),
        ("GDPR", Pause(date(2026, 3, 10), date(2026, 3, 9)), "ends before it begins"),
    ],
)
def test_a_pause_the_law_does_not_know_is_refused(law, pause, says):
    with pytest.raises(Invalid, match=says):
        request(date(2026, 3, 2), law=law, pauses=[pause])


def test_the_relevant_time_is_the_latest_of_request_proof_and_fee():
    latest = standstill.relevant_time(received_on=date(2026, 3, 2), identity_on=date(2026, 3, 9), fee_on=None)

    assert latest == date(2026, 3, 9)


def test_a_row_awaiting_review_says_so():
    assert "awaits review" in request(date(2026, 1, 31), law="KY KCDPA").explain()
    assert "awaits review" not in request(date(2026, 1, 31), law="VA VCDPA").explain()
