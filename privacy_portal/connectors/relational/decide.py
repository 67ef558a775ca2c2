"""What becomes of one row: pure rules, no database."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from privacy_portal.connectors.base import Kept, Refused
from privacy_portal.connectors.dataset import Field, Strategy
from privacy_portal.connectors.relational.tables import Described, blank, is_text
from privacy_portal.connectors.span import day_of

MASKED = "***"
_TOKEN = "ps_"  # noqa: S105 - how our pseudonyms begin, no secret
Row = Mapping[str, Any]


@dataclass(slots=True)
class Staying:
    """A row that stays: what is changed in it, and on which grounds it may."""

    key: Any
    changes: dict[str, Any] = field(default_factory=dict)
    grounds: list[Kept] = field(default_factory=list)
    kept: bool = False
    pseudonymised: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules of one dataset on one day. In a sweep the retention period has run out for the whole row."""

    described: Described
    today: date
    pseudonym_key: bytes = b""
    sweep: bool = False

    def may_delete(self, row: Row) -> bool:
        """Every personal field may go; or all that was kept has run out, and nothing else held the row."""
        kept = [each for each in self.described.dataset.personal() if each.erase == Strategy.KEEP]
        if kept or self.sweep:
            return not any(self.keeps(each, row) for each in kept)
        return all(each.erase == Strategy.DELETE for each in self.described.dataset.personal())

    def stay(self, row: Row) -> Staying:
        """The row as it should be if it stays: emptied, masked, kept, each field as described."""
        staying = Staying(key=row[self.described.dataset.key])
        links = {reference.field for reference in self.described.dataset.references}
        for each in self.described.dataset.personal():
            if self.keeps(each, row):
                staying.kept = True
                reason = each.reason or "kept by the approved plan"
                staying.grounds.append(Kept(each.name, 1, reason, each.article, self._until(each, row)))
            elif each.name not in links and row[each.name] is not None:
                self._change(each, row, staying)
        return staying

    def keeps(self, each: Field, row: Row) -> bool:
        """Without a period for good; with one while start + period lies ahead. An unknown start is no permission."""
        if each.erase != Strategy.KEEP:
            return False
        start = day_of(row[each.start]) if each.period else None
        return start is None or each.period is None or each.period.after(start) > self.today

    def _until(self, each: Field, row: Row) -> str:
        start = day_of(row[each.start]) if each.period else None
        return each.period.after(start).isoformat() if start and each.period else ""

    def _change(self, each: Field, row: Row, staying: Staying) -> None:
        column, current = self.described.column(each.name), row[each.name]
        wanted = self._wanted(each, column, current, staying.key)
        staying.pseudonymised = staying.pseudonymised or each.erase == Strategy.PSEUDONYMISE
        if wanted != current:
            staying.changes[each.name] = wanted

    def _wanted(self, each: Field, column: sa.Column[Any], current: Any, key: Any) -> Any:
        if each.erase == Strategy.PSEUDONYMISE:
            return self._pseudonym(column, current)
        if each.erase == Strategy.MASK and is_text(column) and each.name not in self.described.unique:
            return MASKED[: getattr(column.type, "length", None) or len(MASKED)]
        return blank(column, key, self.described.unique)

    def _pseudonym(self, column: sa.Column[Any], current: Any) -> str:
        """The same value gives the same token; a token we made stays as it is, and nobody else can make one."""
        length = getattr(column.type, "length", None) or 40
        if not self.pseudonym_key or not is_text(column) or length < 24:
            raise Refused("cannot_pseudonymise")
        half = (min(length, 40) - len(_TOKEN)) // 2
        text = str(current)
        body = text.removeprefix(_TOKEN)[:half]
        if hmac.compare_digest(text.encode(), self._token(body, half).encode()):
            return text
        return self._token(self._mac("value", text)[:half], half)

    def _token(self, body: str, half: int) -> str:
        return f"{_TOKEN}{body}{self._mac('token', body)[:half]}"

    def _mac(self, use: str, text: str) -> str:
        return hmac.new(self.pseudonym_key, f"{use}:{text}".encode(), hashlib.sha256).hexdigest()
