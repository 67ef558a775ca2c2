"""Answers that need not be asked twice within one short piece of work, such as a batch of handlers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers_of_this_reading", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Within, every `read_once` function asks the database once per argument. Keep it as short as a transaction."""
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def read_once(read: Callable[..., T]) -> Callable[..., T]:
    """The same answer for the same arguments within `one_reading`; outside of it, a plain call."""

    @wraps(read)
    def reader(*arguments: Hashable) -> T:
        seen = _seen.get()
        if seen is None:
            return read(*arguments)
        key = (read, *arguments)
        if key not in seen:
            seen[key] = read(*arguments)
        answer: T = seen[key]
        return answer

    return reader
