"""Owns subjects: opaque ids, encrypted identifiers found by blind index; find, remember, merge, forget."""

from privacy_portal.subjects.register import (
    ALL_IDS,
    AmbiguousSubject,
    PlainIdentifier,
    add,
    find,
    find_id,
    forget,
    ids_of,
    kinds_known,
    lock_living,
    merge,
    remember,
    reveal,
    reveal_many,
)

__all__ = [
    "ALL_IDS",
    "AmbiguousSubject",
    "PlainIdentifier",
    "add",
    "find",
    "find_id",
    "forget",
    "ids_of",
    "kinds_known",
    "lock_living",
    "merge",
    "remember",
    "reveal",
    "reveal_many",
]
