"""The rule table, and the one question asked of it: which row was in force on that day?"""

from __future__ import annotations

from datetime import date
from itertools import chain
from typing import Final

from privacy_portal.errors import Invalid
from privacy_portal.law import names, rules_america, rules_breach, rules_europe, rules_states
from privacy_portal.law.shapes import Rule
from privacy_portal.law.wording import spoken

RULES: Final[tuple[Rule, ...]] = tuple(
    chain(rules_europe.RULES, rules_america.RULES, rules_states.RULES, rules_breach.RULES)
)

# Where people look for a clock, and the law it stands in.
_ELSEWHERE: Final = {
    ("UK GDPR", "complaint"): "UK DPA 2018",
    ("UK DPA 2018", "request"): "UK GDPR",
    ("UK DPA 2018", "breach_authority"): "UK GDPR",
    ("CCPA", "breach_people"): "CA Civ Code 1798.82",
    ("CCPA", "breach_attorney_general"): "CA Civ Code 1798.82",
    ("CCPA", "drop_access"): "CA Delete Act (data brokers)",
}


class NotInForce(Invalid):
    """No rule of this law was in force on that day."""


def find(law: str, clock: str, right: str | None, on: date) -> Rule:
    """The row of a law, clock and right that is in force on a day; without a right the law's first row.

    Raises Invalid for an unknown name or combination, NotInForce with the first or last day otherwise.
    """
    law, clock = names.law(law), names.clock(clock)
    right = names.right(right) if right else None
    law = _ELSEWHERE.get((law, clock), law)
    if clock == "request" and right in _rights(law, "opt_out") - _rights(law, "request"):
        clock = "opt_out"
    rows = _covering(law, clock, right)
    for row in rows:
        if row.in_force(on):
            return row
    raise NotInForce("start", _when(rows, on))


def of(law: str, clock: str) -> tuple[Rule, ...]:
    """All rows of a law's clock, whatever the day, in the order of the table."""
    return tuple(row for row in RULES if (row.law, row.clock) == (law, clock))


def parts(rule: Rule, on: date) -> tuple[str, ...]:
    """The other parts of the same clock (an early warning, a final report) that can be asked for."""
    rows = [row for row in of(rule.law, rule.clock) if row.in_force(on) and row.rights != rule.rights]
    return tuple(row.rights[0] for row in rows if row.rights)


def _rights(law: str, clock: str) -> set[str]:
    return {right for row in of(law, clock) for right in row.rights}


def _covering(law: str, clock: str, right: str | None) -> list[Rule]:
    rows = of(law, clock)
    if not rows:
        others = ", ".join(dict.fromkeys(row.clock for row in RULES if row.law == law))
        raise Invalid("clock", f"{law} has no {clock} clock in the table; it has {others}")
    covering = [row for row in rows if right in row.rights]
    covering = covering or [row for row in rows if right is None or not row.rights]
    if not covering:
        rights = ", ".join(dict.fromkeys(right for row in rows for right in row.rights))
        raise Invalid("right", f"{law} has no {clock} clock for {right}; it has one for {rights}")
    return covering


def _when(rows: list[Rule], on: date) -> str:
    law = f"{rows[0].law} ({rows[0].source})"
    later = [row.valid_from for row in rows if row.valid_from > on]
    if later:
        return f"{law} is not in force on {spoken(on)}; it applies from {spoken(min(later))}"
    last = max(row.valid_to for row in rows if row.valid_to is not None)
    return f"{law} is no longer in force on {spoken(on)}; it applied until {spoken(last)}"
