"""What a person counted in a system without an interface, in the form every system's answer has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from privacy_portal.connectors.base import DatasetOutcome, Kept
from privacy_portal.errors import Invalid
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Verb

COUNTED = (Verb.ERASE, Verb.EXPIRE, Verb.LOCATE)
"""What is asked of a system in rows; of a count beforehand the numbers are what would happen."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows found, rows erased and rows kept; whatever is kept has a ground, and a day where one is known."""

    found: int
    erased: int
    kept: int = 0
    kept_reason: str = ""
    kept_article: str = ""
    kept_until: date | None = None

    def checked(self, *, now: datetime) -> Counted:
        """Itself. Raises Invalid, by field, unless the numbers agree and what is kept says why (GDPR Art. 12(4))."""
        if min(self.found, self.erased, self.kept) < 0:
            raise Invalid("found", "rows are counted from zero up")
        if self.found != self.erased + self.kept:
            raise Invalid("found", "must be the erased and the kept rows together")
        if self.kept and not self.kept_reason.strip():
            raise Invalid("kept_reason", "say on what ground these rows are kept, without personal data")
        if self.kept and not self.kept_article.strip():
            raise Invalid("kept_article", "name the article of the law that allows it")
        if not self.kept and (self.kept_reason or self.kept_article or self.kept_until):
            raise Invalid("kept", "say how many rows this ground keeps, or leave the ground empty")
        if self.kept_until is not None and self.kept_until <= now.date():
            raise Invalid("kept_until", "must lie ahead: what need not be kept any more is erased")
        return self

    def of(self, task: SystemTask) -> DatasetOutcome:
        """The numbers as those of the dataset the task is about."""
        return DatasetOutcome(
            _dataset(task), found=self.found, erased=self.erased, kept=self.kept, grounds=self._grounds()
        )

    def _grounds(self) -> tuple[Kept, ...]:
        if not self.kept:
            return ()
        until = self.kept_until.isoformat() if self.kept_until else ""
        return (Kept("*", self.kept, self.kept_reason.strip(), self.kept_article.strip(), until),)


def _dataset(task: SystemTask) -> str:
    """The one a rule names, or the only one there is; several are counted together, under the name of their system."""
    named = task.instructions.get("dataset")
    if named:
        return str(named)
    known = list(task.connection.options.get("datasets") or [])
    return str(known[0]["name"]) if len(known) == 1 else task.connection.code
