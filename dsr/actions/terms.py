"""What each system is told with an order, and whether the register still says what it said when the plan was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dsr.models import Plan
from governance.queries import ConnectedSystem
from privacy_portal.fanout.models import Connection


def instructions(right: str, connection: Connection) -> dict[str, Any]:
    """What every count and every run tells a system; `described` is what the register says of it at this moment.

    A database is carried out by our own connector, from the description itself; a service decides for itself, so it
    is told field by field what was approved.
    """
    told: dict[str, Any] = {"right": right, "described": connection.described}
    if connection.kind == "http":
        told["plan"] = _strategies(connection.options.get("datasets", ()))
    return told


def frozen(systems: Iterable[ConnectedSystem], counted_as: Mapping[Any, str]) -> dict[str, str]:
    """Which systems take part, and how each was described when it counted (or now, where a person has to)."""
    return {
        system.code: counted_as.get(system.connection.pk) or system.connection.described for system in systems
    }


def changed(plan: Plan, systems: Iterable[ConnectedSystem]) -> list[str]:
    """Codes of systems that came, went or are described otherwise than when the plan was made.

    Any difference counts, not only one by which more would go: a period that was added may be a statute.
    """
    now = {system.code: system.connection.described for system in systems}
    return sorted(
        code for code in now.keys() | plan.systems.keys() if now.get(code) != plan.systems.get(code)
    )


def _strategies(datasets: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    return {
        dataset["name"]: {field["name"]: field.get("erase", "delete") for field in dataset.get("fields", ())}
        for dataset in datasets
    }
