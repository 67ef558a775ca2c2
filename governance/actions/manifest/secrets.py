"""Secrets stay out of manifests: they are named `${VARIABLE}` and read from the environment when it is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from governance.actions.manifest.reading import Path, Reading

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")
_PASSWORD = re.compile(r"://[^/@\s:]*:(?!\$\{)[^@\s]+@")
_SECRET_NAMES = re.compile(r"password|passwd|secret|token|api_?key|private_?key", re.IGNORECASE)


def resolve_connection(given: dict[str, Any], reading: Reading, environ: Mapping[str, str]) -> dict[str, Any]:
    """The connection with every reference replaced by its value; notes what is missing or written in clear."""
    path = given["_path"]
    if given["secret"] and not re.fullmatch(r"\$\{[A-Z][A-Z0-9_]*\}", given["secret"]):
        # The value itself is not repeated: it may be the secret.
        reading.wrong(
            (*path, "secret"), "a secret is written in clear", "Write ${VARIABLE} and set it where this runs."
        )
        return given
    return {
        **given,
        "url": _resolve(given["url"], (*path, "url"), reading, environ),
        "secret": _resolve(given["secret"], (*path, "secret"), reading, environ),
        "options": _resolve(given["options"], (*path, "options"), reading, environ),
    }


def _resolve(value: Any, path: Path, reading: Reading, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _option(name, each, (*path, name), reading, environ) for name, each in value.items()}
    if isinstance(value, list):
        return [_resolve(each, (*path, number), reading, environ) for number, each in enumerate(value)]
    if not isinstance(value, str):
        return value
    if _PASSWORD.search(value):
        reading.wrong(
            path, "a password is written in clear", "Write ${VARIABLE} in its place, or use `secret`."
        )
        return ""
    return _REFERENCE.sub(lambda match: _value_of(match, path, reading, environ), value)


def _option(name: str, value: Any, path: Path, reading: Reading, environ: Mapping[str, str]) -> Any:
    if _SECRET_NAMES.search(name) and value:
        reading.wrong(path, "options are stored readable and hold no secret", "Use `secret: ${VARIABLE}`.")
        return ""
    return _resolve(value, path, reading, environ)


def _value_of(match: re.Match[str], path: Path, reading: Reading, environ: Mapping[str, str]) -> str:
    name, default = match.groups()
    if name in environ:
        return environ[name]
    if default is None:
        reading.wrong(
            path, f"the environment variable {name} is not set", f"Set {name}, or write ${{{name}:-default}}."
        )
    return default or ""
