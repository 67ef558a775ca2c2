"""What a person wants, whatever the law: ticked on their own page, or told to us; all is saved or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.actions import decisions
from consent.actions.proof import NO_PROOF, Proof
from consent.errors import UnknownSubject
from consent.models import CurrentDecision, Decision
from consent.queries.preferences import Preference, preferences
from consent.states import RUNNING, Choice, Method
from privacy_portal import subjects
from privacy_portal.subjects.models import Subject
from privacy_portal.vocabulary import Actor, Law


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

    A yes is written under the law the person decides under, a no under every law under which something stands.
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
        for act, law in _acts(row, wanted[row.code]):
            decision = act(
                controller_id=subject.controller_id,
                subject_id=subject.pk,
                purpose=row.code,
                law=law,
                proof=proof,
                by=Actor.subject(subject.pk),
                now=now,
            )
            saved.append(decision)
    return saved


@transaction.atomic
def withdraw_everywhere(
    *,
    controller_id: UUID,
    subject_id: UUID,
    purpose: str,
    decided_at: datetime | None = None,
    proof: Proof = NO_PROOF,
    by: Actor,
    now: datetime,
) -> list[Decision]:
    """The person takes it back and names no law: what stands under every law ends (GDPR Art. 7(3)).

    Where nothing stands any more, it is heard under the law they decided under last. The latest decision comes first.
    Raises as `withdraw_consent` does.
    """
    living = subjects.lock_living(controller_id=controller_id, subject_id=subject_id)
    if living is None:
        raise UnknownSubject()
    mine = CurrentDecision.objects.filter(subject_id=living)
    standing = list(mine.filter(purpose__code=purpose).order_by("-decided_at", "pk"))
    running = [row for row in standing if row.choice in RUNNING]
    if decided_at is not None:  # a yes given after this no is not meant by it
        running = [row for row in running if row.decided_at <= decided_at]
    elsewhere = standing[0] if standing else mine.order_by("-decided_at", "pk").first()
    laws = [row.law for row in running] or [elsewhere.law if elsewhere else Law.GDPR.value]
    return [
        decisions.withdraw_consent(
            controller_id=controller_id,
            subject_id=subject_id,
            purpose=purpose,
            law=law,
            decided_at=decided_at,
            proof=proof,
            by=by,
            now=now,
        )
        for law in laws
    ]


def _acts(row: Preference, yes: bool) -> list[tuple[Callable[..., Decision], str]]:
    """What to write, and under which law; a no ends whatever stands, under every law."""
    if yes:
        return [] if row.is_on else [(decisions.record_consent, row.law)]
    ends: list[tuple[Callable[..., Decision], str]] = []
    for standing in row.standings:
        if standing.is_on:
            ends.append((decisions.withdraw_consent, standing.law))
        elif standing.choice == Choice.PENDING:
            ends.append((decisions.refuse_consent, standing.law))
    return ends if ends or row.is_off else [(decisions.refuse_consent, row.law)]
