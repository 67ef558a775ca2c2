"""A person's own page: per purpose what it is, on which ground, where they stand and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from consent.models import CurrentDecision, Decision, NoticeVersion
from consent.queries.propagation import Board, boards
from consent.states import Choice
from governance.queries import live_purposes, systems_using
from privacy_portal.subjects.models import Subject
from privacy_portal.vocabulary import Law, LegalBasis


@dataclass(frozen=True, slots=True)
class Preference:
    """One purpose on the page. `asks` is False where the ground is not consent: there is nothing to switch."""

    code: str
    title: str
    text: str
    basis: str
    basis_code: str
    categories: tuple[str, ...]
    asks: bool
    choice: str = ""
    since: datetime | None = None
    until: datetime | None = None
    notice_version: int | None = None
    language: str = ""

    @property
    def is_on(self) -> bool:
        return self.choice == Choice.GIVEN

    @property
    def is_off(self) -> bool:
        """Decided against. A purpose never asked about is neither on nor off: nothing is ticked beforehand."""
        return self.choice in (Choice.REFUSED, Choice.WITHDRAWN, Choice.EXPIRED)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a withdrawal stopped, and who is told."""

    board: Board
    title: str
    systems: tuple[str, ...]


def preferences(subject: Subject, *, language: str, law: str = Law.GDPR, now: datetime) -> list[Preference]:
    """Every purpose in use: first those the person decides about, then the others."""
    standing = {
        row.purpose_id: row for row in CurrentDecision.objects.filter(subject_id=subject.pk, law=law)
    }  # one per purpose
    shown = latest_versions(subject.controller_id)
    rows = [
        _preference(purpose, shown.get(purpose.pk), standing.get(purpose.pk), language, now)
        for purpose in live_purposes(subject.controller_id)
    ]
    return sorted(rows, key=lambda row: (not row.asks, row.title))


def latest_versions(controller_id: UUID) -> dict[UUID, NoticeVersion]:
    """The version now shown, by purpose."""
    versions = NoticeVersion.objects.filter(notice__controller_id=controller_id).select_related("notice")
    return {version.notice.purpose_id: version for version in versions.order_by("number", "pk")}


def history(subject_id: UUID) -> list[Decision]:
    """Every choice of a person, the latest first."""
    decisions = Decision.objects.filter(subject_id=subject_id).select_related("purpose", "notice_version")
    return list(decisions.order_by("-recorded_at", "-decided_at", "pk"))


def last_change(subject: Subject) -> list[Decision]:
    """What the person saved last, all purposes saved together."""
    past = history(subject.pk)
    return [decision for decision in past if decision.recorded_at == past[0].recorded_at]


def stopped_by(decisions: Sequence[Decision], *, language: str, now: datetime) -> list[Stopped]:
    """For each withdrawal among these: the purpose in words, and the systems that are told."""
    ended = [decision for decision in decisions if decision.choice in (Choice.WITHDRAWN, Choice.EXPIRED)]
    return [
        Stopped(
            board=board,
            title=board.decision.purpose.name_in(language),
            systems=tuple(str(system) for system in systems_using(board.decision.purpose)),
        )
        for board in boards(ended, now=now)
    ]


def _preference(
    purpose: Any, version: NoticeVersion | None, current: CurrentDecision | None, language: str, now: datetime
) -> Preference:
    return Preference(
        code=purpose.code,
        title=version.title_in(language) if version else purpose.name_in(language),
        text=version.body_in(language) if version else purpose.text_in(language),
        basis=LegalBasis(purpose.legal_basis).label,
        basis_code=purpose.legal_basis,
        categories=tuple(purpose.category_names()),
        asks=purpose.legal_basis == LegalBasis.CONSENT,
        choice=_choice_now(current, now) if current else "",
        since=current.decided_at if current else None,
        until=current.valid_until if current else None,
        notice_version=version.number if version else None,
        language=version.shown_language(language) if version else "",
    )


def _choice_now(current: CurrentDecision, now: datetime) -> str:
    """A consent past its last day is over, whether or not the night's job has been by."""
    over = current.choice == Choice.GIVEN and current.valid_until is not None and current.valid_until <= now
    return Choice.EXPIRED if over else current.choice
