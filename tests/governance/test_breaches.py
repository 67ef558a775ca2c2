from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from governance.actions import breach_clocks, breaches
from governance.actions.breaches import Report
from governance.errors import AlreadyReported, ReasonsNeeded
from governance.models import Breach, BreachClock, DeadlineAlert
from governance.states import Channel, Phase, Risk
from governance.tasks import warn_breach_deadlines
from governance.web.home import running_breaches, tiles
from privacy_portal.errors import Conflict, IllegalMove, Invalid
from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import ROLES, Role
from privacy_portal.vocabulary import Actor

OFFICER = Actor.staff(1)
BEAT = Actor.system("breaches")


@pytest.fixture
def report(company, noon):
    def make(*, now=noon, by=OFFICER, **facts) -> Breach:
        given = {
            "title": "Laptop lost",
            "description": "On a train",
            "channel": Channel.STAFF,
            "aware_at": now,
        }
        return breaches.report_breach(
            controller_id=company.pk, report=Report(**{**given, **facts}), by=by, now=now
        )

    return make


@pytest.fixture
def notify(noon):
    def tell(breach, *, at=noon, now=noon, **facts):
        given = {"phase": Phase.FIRST, "authority": "DPC", "reference": "", "delay_reason": ""}
        return breaches.notify_authority(
            breach_id=breach.pk, notified_at=at, by=OFFICER, now=now, **{**given, **facts}
        )

    return tell


def test_the_clock_runs_72_hours_from_awareness_not_from_the_event(report, noon):
    breach = report(
        occurred_at=noon - timedelta(days=9),
        detected_at=noon - timedelta(days=2),
        aware_at=noon - timedelta(hours=3),
    )

    clock = breach.clocks.get()
    assert (clock.law, clock.clock) == ("GDPR", "breach_authority")
    assert clock.due_at == noon + timedelta(hours=69)
    assert clock.source == "GDPR Art. 33(1)" and clock.steps


def test_several_laws_run_several_clocks(report, noon):
    breach = report(laws=["GDPR", "UK GDPR", "CA Civ Code 1798.82"])

    assert set(breach.clocks.values_list("law", "clock")) == {
        ("GDPR", "breach_authority"),
        ("UK GDPR", "breach_authority"),
        ("CA Civ Code 1798.82", "breach_people"),
    }


def test_a_report_without_awareness_starts_the_clock_now(report, noon):
    breach = report(aware_at=None, channel=Channel.API, by=Actor.service("siem"))

    assert breach.aware_at == noon


def test_what_a_machine_saw_is_an_event_of_its_own(report, events):
    breach = report(channel=Channel.API, by=Actor.service("siem"))

    assert events(correlation_id=breach.correlation_id) == ["breach_detected", "breach_reported"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"aware_at": timedelta(hours=1)}, "aware_at"),
        ({"detected_at": timedelta(hours=1)}, "detected_at"),
        ({"occurred_at": timedelta(hours=1)}, "occurred_at"),
        ({"systems": ["card_index"]}, "systems"),
        ({"categories": ["gossip"]}, "categories"),
        ({"laws": ["HIPAA"]}, "laws"),
    ],
)
def test_a_report_that_cannot_be_true_names_its_field(report, noon, facts, field):
    given = {name: noon + value if isinstance(value, timedelta) else value for name, value in facts.items()}

    with pytest.raises(Invalid) as refused:
        report(**given)

    assert refused.value.field == field
    assert not Breach.objects.exists()


def test_the_same_reference_of_a_sender_is_reported_once(report):
    first = report(reference="INC-1", by=Actor.service("siem"))

    with pytest.raises(AlreadyReported) as refused:
        report(reference="INC-1", by=Actor.service("siem"))

    assert refused.value.fields["breach_id"] == first.pk
    report(reference="INC-1", by=Actor.service("other"))


# -- judging and telling --------------------------------------------------------------------------------------------
def judge(breach, noon, *, risk=Risk.RISK, reasons="Names and addresses", now=None):
    terms = {
        "breach_id": breach.pk,
        "risk": risk,
        "reasons": reasons,
        "measures": "",
        "by": OFFICER,
        "now": now or noon,
    }
    decide = breaches.decide_not_to_notify if risk == Risk.UNLIKELY else breaches.decide_to_notify
    return decide(**terms)


def test_a_breach_that_is_not_notified_stays_with_its_reasons(report, noon):
    breach = report()

    judge(breach, noon, risk=Risk.UNLIKELY, reasons="The disk is encrypted")

    breach.refresh_from_db()
    assert (breach.status, breach.risk, breach.reasons) == (
        "not_notified",
        "unlikely",
        "The disk is encrypted",
    )
    assert breach.clocks.get().stopped_at == noon


def test_not_notifying_without_reasons_is_refused(report, noon):
    with pytest.raises(ReasonsNeeded):
        judge(report(), noon, risk=Risk.UNLIKELY, reasons="  ")


def test_a_likely_risk_must_be_notified(report, noon):
    breach = report()
    terms = {"breach_id": breach.pk, "reasons": "x", "measures": "", "by": OFFICER, "now": noon}

    with pytest.raises(Invalid):
        breaches.decide_not_to_notify(risk=Risk.HIGH, **terms)
    with pytest.raises(Invalid):
        breaches.decide_to_notify(risk=Risk.UNLIKELY, **terms)


def test_a_second_thought_starts_the_clock_again_where_it_was(report, noon):
    breach = report()
    due_at = breach.clocks.get().due_at
    judge(breach, noon, risk=Risk.UNLIKELY)

    judge(breach, noon, risk=Risk.HIGH)

    clock = breach.clocks.get()
    assert (clock.stopped_at, clock.due_at) == (None, due_at)
    assert Event.objects.filter(type="breach_assessed").last().payload["notify_people"] is True


def test_telling_the_authority_stops_its_clock(report, notify, noon, events):
    breach = report()
    judge(breach, noon)

    told = notify(breach, now=noon + timedelta(hours=2), at=noon + timedelta(hours=1))

    assert told.on_time
    assert breach.clocks.get().stopped_at == noon + timedelta(hours=1)
    assert "authority_notified" in events(correlation_id=breach.correlation_id)


def test_telling_late_needs_the_reasons_for_the_delay(report, notify, noon):
    breach = report()
    late = noon + timedelta(hours=73)

    with pytest.raises(ReasonsNeeded):
        notify(breach, at=late, now=late)
    told = notify(breach, at=late, now=late, delay_reason="The forensic report came on the fourth day")
    assert not told.on_time


def test_phases_come_in_order(report, notify, noon):
    breach = report()
    with pytest.raises(Conflict):
        notify(breach, phase=Phase.FINAL)
    notify(breach)
    with pytest.raises(Conflict):
        notify(breach)
    notify(breach, phase=Phase.FURTHER)
    notify(breach, phase=Phase.FINAL)

    breaches.close(breach_id=breach.pk, by=OFFICER, now=noon)
    with pytest.raises(IllegalMove):
        notify(breach, phase=Phase.FURTHER)


def test_an_undecided_breach_cannot_be_closed(report, noon):
    with pytest.raises(IllegalMove):
        breaches.close(breach_id=report().pk, by=OFFICER, now=noon)


# -- alerts ---------------------------------------------------------------------------------------------------------
def alerts() -> list[tuple[int, str]]:
    return list(DeadlineAlert.objects.order_by("-hours_before").values_list("hours_before", "status"))


def test_each_threshold_is_told_once_as_the_clock_runs_down(report, noon, events):
    breach = report()
    due = breach.clocks.get().due_at
    told = []
    for minutes in range(0, 75 * 60, 30):
        now = noon + timedelta(minutes=minutes)
        if breach_clocks.warn_of_deadlines(breach_id=breach.pk, by=BEAT, now=now):
            told.append((due - now) / timedelta(hours=1))

    assert told == [48, 24, 12, 6, 1, 0]
    assert alerts() == [(hours, "sent") for hours in (48, 24, 12, 6, 1, 0)]
    assert SystemTask.objects.filter(cause_kind="breach").count() == 6
    assert events(correlation_id=breach.correlation_id).count("deadline_warned") == 6


def test_after_a_downtime_none_is_skipped_and_one_mail_names_them_all(report, noon, drain, stores, settings):
    breach = report()
    after = noon + timedelta(hours=67)

    with time_machine.travel(after, tick=False):
        warn_breach_deadlines()
        warn_breach_deadlines()

    assert alerts() == [(48, "joined"), (24, "joined"), (12, "joined"), (6, "sent")]
    assert DeadlineAlert.objects.filter(task_id=None).count() == 0
    assert DeadlineAlert.objects.values("task_id").distinct().count() == 1
    assert DeadlineAlert.objects.get(hours_before=24).fell_due_at == noon + timedelta(hours=48)
    assert breach.pk in set(SystemTask.objects.values_list("cause_id", flat=True))


def test_a_breach_reported_late_is_told_of_at_once(report, noon):
    breach = report(aware_at=noon - timedelta(hours=80), now=noon)

    breach_clocks.warn_of_deadlines(breach_id=breach.pk, by=BEAT, now=noon)

    assert alerts()[-1] == (0, "sent") and len(alerts()) == 6


def test_a_stopped_clock_warns_no_more(report, notify, noon):
    breach = report()
    notify(breach)

    assert breach_clocks.warn_of_deadlines(breach_id=breach.pk, by=BEAT, now=noon + timedelta(hours=80)) == 0


def test_without_an_address_the_alert_stands_and_says_why(report, company, noon):
    company.dpo_email = ""
    company.save()
    breach = report()

    breach_clocks.warn_of_deadlines(breach_id=breach.pk, by=BEAT, now=noon + timedelta(hours=24))

    assert alerts() == [(48, "no_address")]


def test_the_officer_gets_a_mail_at_once_and_before_the_deadline(report, noon, drain, stores):
    breach = report(title="Secret title", description="Secret description")
    drain(now=noon)
    breach_clocks.warn_of_deadlines(breach_id=breach.pk, by=BEAT, now=noon + timedelta(hours=61))
    drain(now=noon + timedelta(hours=61))

    first, second = (order.values for order in stores.orders("notify"))
    assert first["to"] == second["to"] == "dpo@aurora.example"
    assert str(breach.pk)[:8] in first["subject"] and "its clocks run" in first["subject"]
    assert "a deadline is near" in second["subject"]
    assert "48 h before, 24 h before, 12 h before" in second["text"]
    assert "24 November 2026 12:00 UTC" in second["text"]
    assert f"/breaches/{breach.pk}/" in second["html"]
    assert "Secret" not in str(first) + str(second)


def test_home_shows_running_clocks_and_numbers_within_reach(report, company, borealis, noon):
    report()
    mine = Reach(actor=OFFICER, permissions={company.pk: ROLES[Role.DPO]})
    theirs = Reach(actor=OFFICER, permissions={borealis.pk: ROLES[Role.DPO]})

    (clock,) = running_breaches(mine, noon)
    assert (clock.state, clock.remaining) == ("within", "72 h 0 min left")
    assert running_breaches(theirs, noon) == []
    assert [tile.value for tile in tiles(mine, noon)] == [1, 0, 0, 0]
    assert [tile.value for tile in tiles(theirs, noon)] == [0, 0, 0, 0]
    assert BreachClock.objects.count() == 1
    administrator = Reach(actor=OFFICER, permissions={company.pk: ROLES[Role.ADMINISTRATOR]})
    assert running_breaches(administrator, noon) == [] and tiles(administrator, noon) == []
