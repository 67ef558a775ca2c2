"""Owns subjects: opaque ids, encrypted identifiers found by blind index; find, remember, merge, forget."""

from privacy_portal.subjects.register import (
    AmbiguousSubject,
    PlainIdentifier,
    add,
    find,
    forget,
    merge,
    remember,
    reveal,
)

__all__ = [
    "AmbiguousSubject",
    "PlainIdentifier",
    "add",
    "find",
    "forget",
    "merge",
    "remember",
    "reveal",
]
