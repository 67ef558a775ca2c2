"""Consent changed: every system that works for the purpose is told, with what it must do and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from governance import queries
from governance.models import ProcessingActivity
from privacy_portal.fanout import steering
from privacy_portal.fanout.ask import Cause, ask
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Actor, Verb

AT_LEAST: dict[str, list[str]] = {
    "consent_withdrawn": ["stop_processing"],
    "consent_expired": ["stop_processing"],
    "consent_given": [],
}
"""What a system must do though the register names no action: stopping is never optional (GDPR Art. 7(3))."""


@dataclass(frozen=True, slots=True)
class Change:
    """A person's consent to one purpose changed. `kind` is the event's type, `at` starts the systems' time limit."""

    kind: str
    controller_id: UUID
    purpose: str
    subject_id: UUID
    at: datetime


@transaction.atomic
def tell_systems(*, change: Change, cause: Cause, by: Actor, now: datetime) -> list[SystemTask]:
    """One `notify` per system that uses the purpose and has something to do. Raises NotFound for an unknown purpose.

    What was to be said about this person and purpose before, and was not said yet, is cancelled: a "start" that comes
    after the "stop" would start again what must stay stopped.
    """
    purpose = queries.purpose_by_code(controller_id=change.controller_id, code=change.purpose)
    tasks = []
    for activity in queries.activities_for(purpose):
        actions = _actions(activity, change.kind)
        steering.cancel_notices(
            connection_id=activity.system.connection_id,
            subject_id=change.subject_id,
            purpose=change.purpose,
            by=by,
            now=now,
        )
        if actions:
            tasks.append(_tell(activity, actions, change, cause, by, now))
    return tasks


def _actions(activity: ProcessingActivity, kind: str) -> list[str]:
    return list(activity.actions.get(kind) or AT_LEAST[kind])


def _tell(
    activity: ProcessingActivity, actions: list[str], change: Change, cause: Cause, by: Actor, now: datetime
) -> SystemTask:
    return ask(
        activity.system.connection,
        Verb.NOTIFY,
        cause=cause,
        due_at=change.at + timedelta(hours=activity.hours()),
        by=by,
        now=now,
        subject_id=change.subject_id,
        instructions={
            "type": change.kind.replace("_", ".", 1),
            "purpose": change.purpose,
            "actions": actions,
            "data": {"decided_at": change.at.isoformat()},
        },
    )
