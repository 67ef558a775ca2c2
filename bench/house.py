"""The product as it runs in production, small: one web process, one worker, one beat; and the bare limit beside it."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import meters
from bench.meters import Memory
from bench.surroundings import Surroundings
from privacy_portal.demo.processes import Child, free_port, stop_all

_STARTS_WITHIN_SECONDS = 90.0


@dataclass(slots=True)
class House:
    """What runs, by name: web, worker, beat, limit."""

    port: int
    limit_port: int
    children: dict[str, Child] = field(default_factory=dict)

    def cpu(self, *names: str) -> float:
        return meters.cpu_seconds(self._pid(name) for name in names)

    def memory(self, *names: str) -> dict[str, Memory]:
        return {name: meters.memory(self._pid(name)) for name in names}

    def _pid(self, name: str) -> int:
        pid = self.children[name].pid
        assert pid is not None
        return pid


@contextmanager
def house(around: Surroundings) -> Iterator[House]:
    """Everything that is started here is stopped here. Raises DidNotStart."""
    running = House(free_port(), free_port())
    running.children = {
        "web": _served(around, "web", "privacy_portal.wsgi:application", running.port, "/readyz"),
        "limit": _served(around, "limit", "bench.limit:application", running.limit_port, _LIMIT_PROBE),
        "worker": _celery(around, "worker", "ready.", "worker", *_ONE, "--queues", "portal,fanout.default"),
        "beat": _celery(around, "beat", "beat: Starting", "beat", app="privacy_portal.clock"),
    }
    children = list(running.children.values())
    try:
        for child in children:
            child.start()
        for child in children:
            child.wait_until_ready(seconds=_STARTS_WITHIN_SECONDS)
        yield running
    finally:
        stop_all(children)


_ONE = ("--concurrency", "1")
"""A process that hears the bell and one that works; Celery's default is one per core."""

_LIMIT_PROBE = "/?subject=00000000-0000-0000-0000-000000000000"


def _served(around: Surroundings, name: str, target: str, port: int, probe: str) -> Child:
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--workers",
        "1",
        "--port",
        str(port),
        target,
    ]

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{probe}", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return Child(name, command, env=around.environment, log=_log(around, name), ready=answers)


def _celery(
    around: Surroundings, name: str, sign: str, *arguments: str, app: str = "privacy_portal"
) -> Child:
    command = [sys.executable, "-m", "celery", "--app", app, *arguments, "--loglevel", "info"]
    log = _log(around, name)
    return Child(
        name, command, env=around.environment, log=log, ready=lambda: sign in log.read_text(errors="replace")
    )


def _log(around: Surroundings, name: str) -> Path:
    return around.places.log(name)
