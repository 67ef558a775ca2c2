"""Shapes a value may have. Each takes a value and its path and gives the clean value, or notes what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.actions.manifest.reading import Path, Reading
from governance.models.periods import Period

Shape = Callable[[Any, Path, Reading], Any]
_MISSING = object()


def text(*, most: int = 300, pattern: str = "", meant: str = "") -> Shape:
    """A line of text; `meant` says in words what the pattern asks for."""
    compiled = re.compile(pattern) if pattern else None

    def read(value: Any, path: Path, reading: Reading) -> str:
        if isinstance(value, bool | int):
            reading.wrong(
                path, f"YAML reads this as {type(value).__name__}, text is needed", "Put it in quotes."
            )
        elif not isinstance(value, str) or not value.strip():
            reading.wrong(path, "text is needed", f"Write {meant or 'some text'}.")
        elif len(value) > most:
            reading.wrong(path, f"longer than {most} characters", "Shorten it.")
        elif compiled and not compiled.fullmatch(value):
            reading.wrong(path, f"'{value}' does not fit", f"Write {meant}.")
        else:
            return value.strip()
        return ""

    return read


def one_of(choices: Iterable[str]) -> Shape:
    known = list(choices)

    def read(value: Any, path: Path, reading: Reading) -> str:
        if value in known:
            return str(value)
        reading.wrong(path, f"'{value}' is not known here", f"Write one of: {', '.join(known)}.")
        return ""

    return read


def whole(low: int, high: int) -> Shape:
    def read(value: Any, path: Path, reading: Reading) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        reading.wrong(path, f"'{value}' is not a whole number from {low} to {high}", "Correct the number.")
        return low

    return read


def flag(value: Any, path: Path, reading: Reading) -> bool:
    if not isinstance(value, bool):
        reading.wrong(path, "true or false is needed", "Write true or false.")
    return bool(value)


def period(value: Any, path: Path, reading: Reading) -> str:
    try:
        Period.parse(str(value))
    except ValueError:
        reading.wrong(path, f"'{value}' is not a period", "Write ISO 8601, such as P30D, P18M or P7Y.")
    return str(value)


def listed(item: Shape, *, least: int = 0) -> Shape:
    def read(value: Any, path: Path, reading: Reading) -> list[Any]:
        if not isinstance(value, list):
            reading.wrong(path, "a list is needed", "Write one entry per line, each after a dash.")
            return []
        if len(value) < least:
            reading.wrong(path, "the list is empty", f"Give at least {least}.")
        return [item(each, (*path, number), reading) for number, each in enumerate(value)]

    return read


def table(key: Shape, item: Shape) -> Shape:
    """A mapping whose keys are data, such as languages or kinds of identifiers."""

    def read(value: Any, path: Path, reading: Reading) -> dict[str, Any]:
        if not isinstance(value, dict):
            reading.wrong(path, "a mapping is needed", "Write `key: value` lines.")
            return {}
        return {
            key(name, (*path, name), reading): item(each, (*path, name), reading)
            for name, each in value.items()
        }

    return read


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping with known keys; unknown ones are refused. Absent optional keys get their default."""

    required: Mapping[str, Shape]
    optional: Mapping[str, tuple[Shape, Any]] = field(default_factory=dict)

    def __call__(self, value: Any, path: Path, reading: Reading) -> dict[str, Any]:
        if not isinstance(value, dict):
            reading.wrong(path, "a mapping is needed", f"Write these keys: {', '.join(self.required)}.")
            return {}
        self._refuse_unknown(value, path, reading)
        clean: dict[str, Any] = {"_path": path}
        for name, shape in self.required.items():
            given = value.get(name, _MISSING)
            if given is _MISSING:
                reading.wrong(path, f"'{name}' is missing", f"Add `{name}: …`.")
            clean[name] = None if given is _MISSING else shape(given, (*path, name), reading)
        for name, (shape, default) in self.optional.items():
            clean[name] = shape(value[name], (*path, name), reading) if name in value else default
        return clean

    def _refuse_unknown(self, value: Mapping[str, Any], path: Path, reading: Reading) -> None:
        known = [*self.required, *self.optional]
        for name in value:
            if name not in known:
                reading.wrong(
                    (*path, name), f"'{name}' is not a key here", f"Known keys: {', '.join(known)}."
                )
