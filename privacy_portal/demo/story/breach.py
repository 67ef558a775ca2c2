"""A breach is reported; while the clock runs the officer hears of every threshold once, and after a downtime of all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from privacy_portal.demo import upstairs
from privacy_portal.demo.story.stage import Stage, check
from privacy_portal.vocabulary import Actor
from privacy_portal.web.outbox import Mail

_HOURS = (48, 24, 12, 6, 1, 0)
_CLOCK = Actor.system("breaches")


def alert(stage: Stage) -> str:
    before = len(_mails(stage))
    breach, due = _report(stage, "Newsletter list sent to the wrong agency")
    check(len(_mails(stage)) == before + 1, "the officer was not told of the report at once")
    check(
        due - breach.aware_at == timedelta(hours=72),
        f"the authority's clock runs {due - breach.aware_at}, not 72 h",
    )

    for number, hours in enumerate(_HOURS, start=1):
        stage.ahead += due - timedelta(hours=hours) + timedelta(minutes=1) - stage.now()
        _tick(stage)
        _tick(stage)
        mails = _mails(stage)[before + 1 :]
        check(
            len(mails) == number,
            f"{len(mails)} alerts by {hours} h before the deadline, {number} should have gone out",
        )
        words = "the deadline has passed" if hours == 0 else f"{hours} h before"
        check(words in mails[-1].text, f"the alert at {hours} h does not say so")

    _check_downtime(stage)
    hours_told = ", ".join(str(hours) for hours in _HOURS[:-1])
    return f"told at {hours_told} h and after, once each; after a downtime one mail for all six"


def _check_downtime(stage: Stage) -> None:
    before = len(_mails(stage))
    _breach, due = _report(stage, "Laptop lost on a train")
    stage.ahead += due + timedelta(hours=3) - stage.now()
    _tick(stage)
    _tick(stage)
    mails = _mails(stage)[before + 1 :]
    check(len(mails) == 1, f"{len(mails)} mails after the downtime, one should name every missed threshold")
    missed = [hours for hours in _HOURS[:-1] if f"{hours} h before" not in mails[0].text]
    check(not missed, f"the mail after the downtime does not name {missed}")


def _report(stage: Stage, title: str) -> tuple[Any, Any]:
    report = upstairs.Report(
        title=title,
        description="Seen by the mail team; the agency was asked to delete it.",
        channel="staff",
        systems=["marketing_service"],
        categories=["contact"],
        people_affected=412,
    )
    by = stage.colleague("dpo@example.org")
    breach = upstairs.report_breach(controller_id=stage.controller.pk, report=report, by=by, now=stage.now())
    stage.drain()
    return breach, breach.clocks.get(clock="breach_authority").due_at


def _tick(stage: Stage) -> None:
    """What the beat does every minute."""
    now = stage.now()
    for breach_id in upstairs.clocks_to_warn_of(now):
        upstairs.warn_of_deadlines(breach_id=breach_id, by=_CLOCK, now=now)
    stage.drain()


def _mails(stage: Stage) -> list[Mail]:
    return stage.witness.mails(stage.controller.dpo_email)
