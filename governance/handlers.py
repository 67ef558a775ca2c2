"""What governance does when it hears of something."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from governance.actions import breach_clocks, breach_messages, disposals, processing
from governance.actions.processing import Change
from privacy_portal.fanout.ask import Cause
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor, CauseKind

BY = Actor.system("governance")


def stop_processing(event: Event, *, now: datetime) -> None:
    """Consent withdrawn or run out: every system that uses the purpose stops (GDPR Art. 7(3))."""
    processing.tell_systems(change=_change(event), cause=_cause(event), by=BY, now=now)


def resume_processing(event: Event, *, now: datetime) -> None:
    """Consent given: systems that wait for it may start."""
    processing.tell_systems(change=_change(event), cause=_cause(event), by=BY, now=now)


def dispose(event: Event, *, now: datetime) -> None:
    """A sweep was released: the systems delete what is past its time."""
    disposals.dispose(sweep_id=UUID(event.payload["sweep_id"]), by=BY, now=now)


def note_disposal(event: Event, *, now: datetime) -> None:
    """A system answered, failed, or handed its task to a person."""
    payload = event.payload
    disposals.note_answer(sweep_id=UUID(payload["cause_id"]), task_id=UUID(payload["task_id"]), now=now)


def alert_officer(event: Event, *, now: datetime) -> None:
    """A breach was reported: the officer hears of it at once."""
    breach_clocks.alert_officer(breach_id=UUID(event.payload["breach_id"]), by=BY, now=now)


def take_breach_message(event: Event, *, now: datetime) -> None:
    """A system sent word of a breach by signed webhook."""
    breach_messages.take(receipt_id=UUID(event.payload["receipt_id"]), now=now)


def _change(event: Event) -> Change:
    assert event.controller_id is not None and event.subject_id is not None
    return Change(
        kind=event.type,
        controller_id=event.controller_id,
        purpose=event.payload["purpose"],
        subject_id=event.subject_id,
        at=event.occurred_at,
    )


def _cause(event: Event) -> Cause:
    decision = event.payload.get("decision_id") or event.event_id
    return Cause(CauseKind.WITHDRAWAL, UUID(str(decision)), event.correlation_id)
