"""Copies of a person that requests and systems left with us: attached files, messages, packages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dsr.models import SubjectRequest
from privacy_portal.fanout import evidence, parcels
from privacy_portal.fanout.models import Parcel
from privacy_portal.inbox.models import Receipt


@transaction.atomic
def destroy(*, subject_ids: Iterable[UUID], made_before: datetime, now: datetime) -> None:
    """What can no longer be read: keys and files of evidence and packages, the words of messages. Hashes stay.

    The package of a request that is still open, or was made later, is on its way to the person: it expires by itself.
    """
    ids = list(subject_ids)
    evidence.destroy_about(ids)
    Receipt.objects.filter(subject_id__in=ids).empty()
    mine = Parcel.objects.filter(subject_id__in=ids, made_at__lte=made_before, destroyed_at=None)
    running = SubjectRequest.objects.filter(subject_id__in=ids, closed_at=None).values("pk")
    parcels.destroy_all(mine.exclude(cause_id__in=running), now=now)
