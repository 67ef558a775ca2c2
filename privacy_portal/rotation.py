"""Everything that stands under an old master key, put under the newest; after it the old one may be destroyed.

The keys of people, parcels and attached files are wrapped anew, what they sealed stays as it is; secrets, messages and
kept answers are sealed anew. Run again after an interruption it goes on with what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import models, transaction

from privacy_portal import crypto
from privacy_portal.api.models import IdempotentAnswer
from privacy_portal.fanout import evidence
from privacy_portal.fanout.models import Connection, EvidenceKey, Parcel
from privacy_portal.inbox.models import Receipt
from privacy_portal.subjects.models import Subject

BATCH = 500


class Sealed(NamedTuple):
    """A column sealed under a master key, and where its row says it belongs."""

    model: type[models.Model]
    column: str
    place: Callable[[Any], str]
    beside: tuple[str, ...] = ()


SEALED = (
    Sealed(Subject, "key", Subject.key_place),
    Sealed(Parcel, "key", Parcel.key_place),
    Sealed(
        EvidenceKey, "key", lambda row: evidence.key_place(row.confirmation.task_id), beside=("confirmation",)
    ),
    Sealed(Connection, "secret", Connection.secret_place),
    Sealed(Receipt, "body", Receipt.place),
    Sealed(IdempotentAnswer, "body", IdempotentAnswer.place),
)


def rotate(sealed: Sealed) -> int:
    """Put one column under the newest key, in short transactions; returns in how many rows.

    Raises Undecipherable at the first row that no key opens: the batches before it stay done.
    """
    changed, last = 0, None
    while True:
        rows = _batch(sealed, last)
        if not rows:
            return changed
        last = rows[-1]
        changed += _rotate_batch(sealed, rows)


def _batch(sealed: Sealed, last: Any) -> list[Any]:
    """The next keys of rows that hold something."""
    rows = sealed.model._default_manager.exclude(**{sealed.column: None}).order_by("pk")
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return list(rows.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _rotate_batch(sealed: Sealed, keys: list[Any]) -> int:
    """Locked, so that what is destroyed meanwhile is not written back."""
    rows = sealed.model._default_manager.select_for_update(of=("self",)).select_related(*sealed.beside)
    old = [
        row
        for row in rows.filter(pk__in=keys).order_by("pk")
        if getattr(row, sealed.column) and not crypto.is_newest(getattr(row, sealed.column))
    ]
    for row in old:
        setattr(row, sealed.column, crypto.rewrap(getattr(row, sealed.column), sealed.place(row)))
        row.save(update_fields=[sealed.column])
    return len(old)
