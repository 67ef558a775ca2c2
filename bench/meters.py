"""CPU and memory of a process with all its children, as the kernel counts them (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """`resident` counts pages shared by several processes once per process; `proportional` counts them once."""

    resident: float
    proportional: float

    def __add__(self, other: Memory) -> Memory:
        return Memory(self.resident + other.resident, self.proportional + other.proportional)


def tree(root: int) -> list[int]:
    """The process and everything it started."""
    children: dict[int, list[int]] = {}
    for pid, stat in _all():
        children.setdefault(int(stat[1]), []).append(pid)
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of these trees, ended children included."""
    ticks = 0
    for root in roots:
        for pid in tree(root):
            stat = _stat(pid)
            ticks += sum(map(int, stat[11:15])) if stat else 0
    return ticks / _TICKS


def memory(root: int) -> Memory:
    """In MiB."""
    total = Memory(0.0, 0.0)
    for pid in tree(root):
        fields = _rollup(pid)
        total += Memory(fields.get("Rss", 0) / 1024, fields.get("Pss", 0) / 1024)
    return total


def size_of(paths: Iterable[Path]) -> float:
    """What these files take, in MiB."""
    return sum(path.stat().st_size for path in paths if path.is_file()) / _MIB


def _all() -> Iterable[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            yield int(entry.name), stat


def _stat(pid: int) -> list[str]:
    """Fields after the name, which may hold blanks: state, ppid, …; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _rollup(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
