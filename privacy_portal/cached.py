"""The cache of a house whose Redis may be away: what is only kept for convenience closes no door."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

_ASK_AGAIN_AFTER_SECONDS = 5
"""So that one page does not wait for a Redis that hangs once for each thing it looks up."""

log = structlog.get_logger(__name__)


def _either(verb: str) -> Callable[..., Any]:
    """The verb at Redis, or in this process's memory while Redis does not answer."""

    def call(self: RedisOrMemory, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.away_until:
            try:
                return getattr(RedisCache, verb)(self, *args, **kwargs)
            except RedisError as error:
                self.away_until = time.monotonic() + _ASK_AGAIN_AFTER_SECONDS
                log.warning("cache_in_memory", error=type(error).__name__)
        return getattr(self.memory, verb)(*args, **kwargs)

    return call


class RedisOrMemory(RedisCache):
    """Redis; while it is away, each process counts for itself, so that people can still sign in.

    The limit on sign-ins then holds per process. Who must know whether Redis answers asks the cache `shared`.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.memory = LocMemCache("while-redis-is-away", params)
        self.away_until = 0.0

    add = _either("add")
    get = _either("get")
    set = _either("set")
    touch = _either("touch")
    delete = _either("delete")
    get_many = _either("get_many")
    has_key = _either("has_key")
    incr = _either("incr")
    set_many = _either("set_many")
    delete_many = _either("delete_many")
    clear = _either("clear")
