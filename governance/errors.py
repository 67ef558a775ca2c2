"""What may go wrong in governance, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy_portal.errors import Conflict, DomainError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a manifest: where, what, and what to do."""

    line: int
    path: str
    wrong: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path or 'manifest'}: {self.wrong}. {self.fix}"


class ManifestRefused(DomainError):
    """The manifest was refused; nothing was written."""

    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__(f"The manifest was refused, nothing was written: {len(self.problems)} problem(s).")


class OnHold(Conflict):
    """A legal hold forbids this disposal."""


class NothingToSweep(Conflict):
    """This controller has no retention rule; register one first."""


class AlreadyReported(Conflict):
    """This sender has already reported a breach under this reference."""


class ReasonsNeeded(DomainError):
    """Give the reasons: the law asks for them here."""

    status = 422
