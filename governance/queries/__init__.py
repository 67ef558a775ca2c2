"""Reads across the rows of governance; they never write."""

from governance.queries.breaches import running_breaches
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
from governance.queries.retention import latest_sweep
from governance.queries.tiles import tiles

__all__ = [
    "ConnectedSystem",
    "activities_for",
    "connections_for",
    "dataset_holds",
    "holds_on",
    "holds_touching",
    "is_live",
    "latest_sweep",
    "live_purposes",
    "purpose_by_code",
    "running_breaches",
    "systems_holding",
    "systems_using",
    "tiles",
]
