"""Reads across the rows of governance; they never write."""

from governance.queries.register import (
    ConnectedSystem,
    activities_for,
    connections_for,
    dataset_holds,
    holds_on,
    holds_touching,
    is_live,
    live_purposes,
    purpose_by_code,
    systems_holding,
    systems_using,
)

__all__ = [
    "ConnectedSystem",
    "activities_for",
    "connections_for",
    "dataset_holds",
    "holds_on",
    "holds_touching",
    "is_live",
    "live_purposes",
    "purpose_by_code",
    "systems_holding",
    "systems_using",
]
