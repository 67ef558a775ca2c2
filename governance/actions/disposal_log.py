"""The disposal log: a line for everything that happened to a disposal, never changed afterwards."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from governance.models import Disposal, DisposalEntry
from privacy_portal.vocabulary import Actor


def log(
    disposal: Disposal,
    what: str,
    *,
    by: Actor,
    now: datetime,
    task_id: UUID | None = None,
    evidence: str = "",
    code: str = "",
) -> DisposalEntry:
    """Write a line with the disposal's numbers as they are now."""
    return DisposalEntry.objects.create(
        disposal=disposal,
        at=now,
        by=str(by),
        what=what,
        rows=disposal.expected or 0 if what == "counted" else disposal.erased,
        rows_left=disposal.rows_left,
        held=disposal.held,
        task_id=task_id,
        evidence=evidence[:64],
        code=code[:80],
    )
