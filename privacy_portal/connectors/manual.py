"""Systems without an interface: every order waits for a person, who answers on the task's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privacy_portal.connectors.base import Order, Outcome, State

_NEEDS_PERSON = Outcome(state=State.NEEDS_PERSON)


class ManualConnector:
    """No options. Asking again changes nothing: nothing was done yet."""

    repeatable = True

    def __init__(
        self, options: Mapping[str, Any], *, secret: str = "", allow: frozenset[str] = frozenset()
    ) -> None:
        pass

    def locate(self, order: Order) -> Outcome:
        return _NEEDS_PERSON

    def export(self, order: Order) -> Outcome:
        return _NEEDS_PERSON

    def erase(self, order: Order) -> Outcome:
        return _NEEDS_PERSON

    def rectify(self, order: Order) -> Outcome:
        return _NEEDS_PERSON

    def restrict(self, order: Order) -> Outcome:
        return _NEEDS_PERSON

    def expire(self, order: Order) -> Outcome:
        return _NEEDS_PERSON

    def notify(self, order: Order) -> Outcome:
        return _NEEDS_PERSON
