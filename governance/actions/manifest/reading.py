"""YAML to plain values, remembering the line of everything, so that each problem can point at it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from governance.errors import ManifestRefused, Problem

Path = tuple[str | int, ...]
_MOST_BYTES = 2_000_000
_MOST_NODES = 200_000
_DEEPEST = 30


class Reading:
    """One manifest being read: its plain value, the line of each path, and the problems found so far."""

    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self._lines: dict[Path, int] = {(): 1}
        self._nodes = 0
        self.value: Any = self._read(text)

    def wrong(self, path: Path, wrong: str, fix: str, *, line: int | None = None) -> None:
        self.problems.append(Problem(line or self.line(path), spelled(path), wrong, fix))

    def line(self, path: Path) -> int:
        """The line of the path, or of the nearest thing around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def refuse_if_wrong(self) -> None:
        if self.problems:
            raise ManifestRefused(self.problems)

    def _read(self, text: str) -> Any:
        if len(text) > _MOST_BYTES:
            raise ManifestRefused([Problem(1, "", "the file is larger than 2 MB", "Split it by controller.")])
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise ManifestRefused([_syntax(error)]) from None
        return self._plain(node, ()) if node else None

    def _plain(self, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES or len(path) > _DEEPEST:
            # Aliases can make a small file endless.
            line = node.start_mark.line + 1
            raise ManifestRefused(
                [Problem(line, spelled(path), "too many or too deep entries", "Write aliases out.")]
            )
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, number)) for number, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _scalar(self, node: yaml.Node, path: Path) -> Hashable:
        kind = node.tag.rpartition(":")[2]
        if kind not in ("int", "bool", "null"):
            return str(node.value)
        try:
            plain: Hashable = yaml.SafeLoader("").construct_object(node)
        except (ValueError, LookupError):
            # A tag of one's own (`!!int x`), or what only begins like a number (`0x_`).
            line = node.start_mark.line + 1
            self.wrong(path, f"this cannot be read as {kind}", "Correct it, or put it in quotes.", line=line)
            return None
        return plain

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.wrong(path, "a key must be one word", "Write `key: value`.", line=line)
                continue
            key = str(key_node.value)
            if key in plain:
                self.wrong((*path, key), "this key is written twice", "Keep one of them.", line=line)
                continue
            self._lines[(*path, key)] = line
            plain[key] = self._plain(value_node, (*path, key))
        return plain


def spelled(path: Path) -> str:
    """`("systems", 2, "code")` → `systems[2].code`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _syntax(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or "this is not YAML"
    return Problem(
        mark.line + 1 if mark else 1, "", str(said), "Check indentation, colons and quotes of this line."
    )
