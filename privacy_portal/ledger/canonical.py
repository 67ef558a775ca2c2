"""Canonical JSON, the subset of RFC 8785 (JCS) the ledger needs, so that anyone can recompute a leaf.

UTF-8, no white space, keys sorted by UTF-16 code units, the short escapes of JSON, whole numbers up to 2^53 - 1;
no floating point at all. Moments are RFC 3339 in UTC with microseconds, made by `facts.as_json`.
"""

from __future__ import annotations

import json
from typing import Any

_LARGEST_INTEGER = 2**53 - 1


class NotCanonical(ValueError):
    """The value has no canonical form here: a float, a large number, a lone surrogate, an unknown type."""


def dumps(value: Any) -> bytes:
    """The one byte string for this value. Raises NotCanonical."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotCanonical("a lone surrogate") from None


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise NotCanonical("a number beyond 2^53 - 1")
        return value
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_code_units)}
    raise NotCanonical(f"a {type(value).__name__}")


def _code_units(key: Any) -> bytes:
    if not isinstance(key, str):
        raise NotCanonical("a key that is not text")
    return key.encode("utf-16-be", "surrogatepass")
