"""Legal holds: what must stay although its time is up."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from governance.errors import ReasonsNeeded
from governance.models import Dataset, Hold
from governance.states import HoldGround
from privacy_portal.errors import Conflict, Invalid, NotFound
from privacy_portal.ledger.catalogue import HoldLifted, HoldPlaced
from privacy_portal.ledger.record import record
from privacy_portal.subjects.models import Subject
from privacy_portal.vocabulary import Actor


@transaction.atomic
def place_hold(
    *,
    controller_id: UUID,
    subject_id: UUID | None,
    dataset_id: int | None,
    ground: HoldGround,
    reason: str,
    review_on: date,
    by: Actor,
    now: datetime,
) -> Hold:
    """Forbid disposal of a person's data, of a dataset, or of the person's rows in it, until the hold is lifted.

    Raises Invalid without a person and a dataset, ReasonsNeeded, NotFound for what another controller has.
    """
    if subject_id is None and dataset_id is None:
        raise Invalid("dataset", "name a person, a dataset, or both")
    if not reason.strip():
        raise ReasonsNeeded()
    if subject_id and not Subject.objects.filter(pk=subject_id, controller_id=controller_id).exists():
        raise NotFound()
    dataset = None
    if dataset_id:
        dataset = Dataset.objects.filter(pk=dataset_id, system__controller_id=controller_id).first()  # by key
        if dataset is None:
            raise NotFound()
    hold = Hold(
        controller_id=controller_id,
        subject_id=subject_id,
        dataset=dataset,
        ground=ground,
        reason=reason.strip(),
        review_on=review_on,
        placed_at=now,
        placed_by=str(by),
    )
    hold.save(force_insert=True)
    record(
        HoldPlaced(hold_id=hold.pk, reason=hold.ground, **_place(hold)),
        controller_id=controller_id,
        subject_id=subject_id,
        by=by,
        now=now,
    )
    return hold


@transaction.atomic
def lift_hold(*, hold_id: UUID, by: Actor, now: datetime) -> Hold:
    """End a hold; from the next sweep on, the rows may go. Raises Conflict if it was lifted before."""
    hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
    if hold.lifted_at is not None:
        raise Conflict("This hold was lifted before.")
    hold.lifted_at, hold.lifted_by = now, str(by)
    hold.save(update_fields=["lifted_at", "lifted_by"])
    record(
        HoldLifted(hold_id=hold.pk, **_place(hold)),
        controller_id=hold.controller_id,
        subject_id=hold.subject_id,
        by=by,
        now=now,
    )
    return hold


def _place(hold: Hold) -> dict[str, str | None]:
    if hold.dataset is None:
        return {"system": None, "dataset": None}
    return {"system": hold.dataset.system.code, "dataset": hold.dataset.name}
