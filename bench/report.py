"""Rows of the report: measured, beside what, by which factor, the goal, and whether it is met."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """`beside` is a peer's figure or the limit of the same run; `goal` is a least or, with `less_is_better`, a most."""

    name: str
    measured: float
    unit: str
    beside: float | None = None
    beside_what: str = ""
    goal: float | None = None
    less_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better than what it stands beside."""
        if not self.beside or not self.measured:
            return None
        return self.beside / self.measured if self.less_is_better else self.measured / self.beside

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.measured <= self.goal if self.less_is_better else self.measured >= self.goal

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


def table(rows: Sequence[Row]) -> str:
    head = ("figure", "measured", "beside", "factor", "goal", "met")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≤" if row.less_is_better else "≥"
    return (
        row.name,
        f"{_number(row.measured)} {row.unit}",
        f"{_number(row.beside)} ({row.beside_what})" if row.beside is not None else "",
        f"{row.ratio:.2f}×" if row.ratio is not None else "",
        f"{sign} {_number(row.goal)}" if row.goal is not None else "",
        {None: "", True: "yes", False: "NO"}[row.met],
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def machine() -> dict[str, Any]:
    """What it was measured on, without a name."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }
