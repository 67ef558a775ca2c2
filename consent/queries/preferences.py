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
class Stands:
    """Where the person stands with a purpose under one law."""

    law: str
    choice: str
    since: datetime
    until: datetime | None

    @property
    def is_on(self) -> bool:
        return self.choice == Choice.GIVEN

    @property
    def weight(self) -> tuple[bool, bool, datetime]:
        """A yes under any law is a yes to the person; then what waits for them; then the latest."""
        return self.is_on, self.choice == Choice.PENDING, self.since


@dataclass(frozen=True, slots=True)
class Preference:
    """One purpose on the page. `asks` is False where the ground is not consent: there is nothing to switch.

    `standings` holds every law under which the person decided, what weighs most first. `law` is that of the first or,
    where nothing stands yet, the one this person decides under elsewhere: a new choice is written under it.
    """

    code: str
    title: str
    text: str
    basis: str
    basis_code: str
    categories: tuple[str, ...]
    asks: bool
    law: str
    standings: tuple[Stands, ...] = ()
    notice_version: int | None = None
    language: str = ""

    @property
    def choice(self) -> str:
        return self.standings[0].choice if self.standings else ""

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


def preferences(subject: Subject, *, language: str, now: datetime) -> list[Preference]:
    """Every purpose in use, under every law: first those the person decides about, then the others."""
    decided = list(CurrentDecision.objects.filter(subject_id=subject.pk).order_by("-decided_at", "pk"))
    regime = decided[0].law if decided else Law.GDPR.value
    standings: dict[UUID, list[Stands]] = {}
    for current in decided:
        standings.setdefault(current.purpose_id, []).append(_stands(current, now))
    shown = latest_versions(subject.controller_id)
    rows = [
        _preference(purpose, shown.get(purpose.pk), standings.get(purpose.pk, []), language, regime)
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
    purpose: Any, version: NoticeVersion | None, standings: list[Stands], language: str, regime: str
) -> Preference:
    ranked = tuple(sorted(standings, key=lambda one: one.weight, reverse=True))
    return Preference(
        code=purpose.code,
        title=version.title_in(language) if version else purpose.name_in(language),
        text=version.body_in(language) if version else purpose.text_in(language),
        basis=LegalBasis(purpose.legal_basis).label,
        basis_code=purpose.legal_basis,
        categories=tuple(purpose.category_names()),
        asks=purpose.legal_basis == LegalBasis.CONSENT,
        law=ranked[0].law if ranked else regime,
        standings=ranked,
        notice_version=version.number if version else None,
        language=version.shown_language(language) if version else "",
    )


def _stands(current: CurrentDecision, now: datetime) -> Stands:
    return Stands(current.law, _choice_now(current, now), current.decided_at, current.valid_until)


def _choice_now(current: CurrentDecision, now: datetime) -> str:
    """A consent past its last day is over, whether or not the night's job has been by."""
    over = current.choice == Choice.GIVEN and current.valid_until is not None and current.valid_until <= now
    return Choice.EXPIRED if over else current.choice
