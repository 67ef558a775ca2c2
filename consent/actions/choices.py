"""What a person ticked on their own page, all purposes in one transaction: all is saved or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.actions import decisions
from consent.actions.proof import Proof
from consent.models import Decision
from consent.queries.preferences import Preference, preferences
from consent.states import Method
from privacy_portal.subjects.models import Subject
from privacy_portal.vocabulary import Actor


@transaction.atomic
def save_choices(
    *,
    subject_id: UUID,
    wanted: Mapping[str, bool],
    language: str,
    user_agent: str = "",
    address: str = "",
    now: datetime,
) -> list[Decision]:
    """Write a decision for each purpose that changes; what stays as it is, is not written again.

    `wanted` maps codes of purposes to yes or no; purposes left out, or not up to the person, are not touched.
    """
    subject = Subject.objects.select_for_update(of=("self",), no_key=True).get(pk=subject_id)
    rows = [
        row for row in preferences(subject, language=language, now=now) if row.asks and row.code in wanted
    ]
    saved = []
    for row in rows:
        proof = Proof(
            method=Method.PREFERENCE_PAGE,
            notice_version=row.notice_version,
            language=row.language,
            interface="preference-page",
            user_agent=user_agent,
            address=address,
        )
        act = _act(row, wanted[row.code])
        if act is not None:
            saved.append(
                act(
                    controller_id=subject.controller_id,
                    subject_id=subject.pk,
                    purpose=row.code,
                    proof=proof,
                    by=Actor.subject(subject.pk),
                    now=now,
                )
            )
    return saved


def _act(row: Preference, yes: bool) -> Callable[..., Decision] | None:
    if yes:
        return None if row.is_on else decisions.record_consent
    if row.is_on:
        return decisions.withdraw_consent
    return None if row.is_off else decisions.refuse_consent
