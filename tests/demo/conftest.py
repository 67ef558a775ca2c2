"""A demo as a person starts it: a real command in a data directory of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from privacy_portal.demo.processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "BROKER_URL",
    "PORTAL_DATA_DIR",
    "PYTEST_CURRENT_TEST",
    "DJANGO_SETTINGS_MODULE",
)


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """As in a shell of somebody who has set nothing."""
    plain = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**plain, "PORTAL_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **more}


def demo_command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", "demo", *arguments]


@dataclass
class Running:
    """A demo that was started; `said` is what it printed."""

    process: subprocess.Popen
    port: int
    log: Path
    data_dir: Path
    seconds: float = 0.0
    children: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, words: str, seconds: float = 120) -> None:
        eventually(
            lambda: words in self.said(), seconds, lambda: f"never said {words!r}:\n{self.said()[-3000:]}"
        )

    def all_processes(self) -> dict[int, str]:
        """Everything that lives in this data directory, whoever its parent is by now."""
        mark = f"PORTAL_DATA_DIR={self.data_dir}\0".encode()
        services = str(self.data_dir / "demo").encode()
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                line, variables = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes() + b"\0"
            except OSError:
                continue
            if line and (mark in variables or services in line):
                found[int(entry.name)] = line.replace(b"\0", b" ").decode()
        return found

    def pid_of(self, part: str) -> int:
        """The child of the supervisor with this in its command line."""
        children = {pid: line for pid, line in self.all_processes().items() if part in line}
        return min(children)

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=40)


@contextmanager
def started(data_dir: Path, log: Path, **more: str) -> Iterator[Running]:
    port = free_port()
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            demo_command("--port", str(port)),
            cwd=ROOT,
            env=environment(data_dir, **more),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    demo = Running(process, port, log, data_dir.resolve())
    try:
        demo.wait_for("Ctrl-C stops everything", seconds=240)
        demo.seconds = time.monotonic() - began
        yield demo
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()


def eventually(holds: Callable[[], object], seconds: float, otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(otherwise(), pytrace=False)
        time.sleep(0.2)


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=20, trust_env=False) as client:
        yield client
