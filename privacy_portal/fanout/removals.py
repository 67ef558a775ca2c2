"""What a finished task did to a person's data, for the ledger: rows that are gone, rows that were changed."""

from __future__ import annotations

from typing import Any

from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.catalogue import DataDeleted, DataModified
from privacy_portal.ledger.facts import Fact
from privacy_portal.vocabulary import Verb

_CHANGED = ("changed", "pseudonymised")


def facts_of(task: SystemTask, *, system: str) -> list[Fact]:
    """One per system and kind of deed, in the numbers the system gave. Call for a task that is completed.

    Who did it by hand counted nothing: that rows are gone is said then without a number. Where a system found nothing,
    nothing is told. An expiry is told by its sweep, which asks for many batches.
    """
    if task.verb not in (Verb.ERASE, Verb.RECTIFY):
        return []
    datasets = task.outcome.get("datasets") or []
    place: dict[str, Any] = {"system": system, "cause_kind": task.cause_kind, "cause_id": task.cause_id}
    changed = sum(dataset[name] for dataset in datasets for name in _CHANGED)
    facts: list[Fact] = []
    if task.verb == Verb.ERASE:
        gone = sum(dataset["erased"] for dataset in datasets) if datasets else None
        left = task.outcome.get("rows_left")
        if gone is None or gone:
            facts.append(DataDeleted(rows=gone, rows_left=left, reason="erasure", **place))
    if changed or (task.verb == Verb.RECTIFY and not datasets):
        facts.append(DataModified(rows=changed or None, **place))
    return facts
