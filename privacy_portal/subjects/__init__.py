"""Owns subjects: opaque ids, encrypted identifiers found by blind index; find, remember, merge, forget."""

from privacy_portal.subjects.register import (
    AmbiguousSubject,
    PlainIdentifier,
    add,
    find,
    find_id,
    forget,
    kinds_known,
    lock_living,
    merge,
    remember,
    reveal,
    reveal_many,
)

__all__ = [
    "AmbiguousSubject",
    "PlainIdentifier",
    "add",
    "find",
    "find_id",
    "forget",
    "kinds_known",
    "lock_living",
    "merge",
    "remember",
    "reveal",
    "reveal_many",
]
