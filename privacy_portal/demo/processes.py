"""Child processes that end with their parent, whatever ends it, and are ready when they say so."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from privacy_portal.demo.places import Places, service_port

ROOT = Path(__file__).resolve().parent.parent.parent
_SET_PARENT_DEATH_SIGNAL = 1
_STOPS_WITHIN_SECONDS = 10.0


class DidNotStart(RuntimeError):
    """A process ended, or was not ready in time; the message says which and where its log is."""


class Child:
    """One process with a log of its own; `ready` says whether it can be used."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        ready: Callable[[], bool],
    ) -> None:
        self.name = name
        self.log = log
        self.command = list(command)
        self._env = dict(env)
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self, *, show: bool = False) -> None:
        """The log begins anew, so that what stands in it is about this process; `show`: on our own output instead."""
        with self.log.open("wb") as log:
            output = None if show else log
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - the parent has no other threads when it forks
            )

    def has_died(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def exit_code(self) -> int | None:
        return self._process.poll() if self._process else None

    def wait(self) -> int:
        """Until it ends by itself; its exit code."""
        return self._process.wait() if self._process else 0

    def clean_up(self) -> None:
        """After its death: its own children must not live on."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    def wait_until_ready(self, *, seconds: float) -> None:
        """Raises DidNotStart."""
        deadline = time.monotonic() + seconds
        while not self._ready():
            if self.has_died():
                raise DidNotStart(f"{self.name} ended at once ({last_line(self.log)}); its log: {self.log}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} was not ready within {seconds:.0f} s; its log: {self.log}")
            time.sleep(0.1)

    def stop(self) -> None:
        stop_all([self])

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def make_sure(self, deadline: float) -> None:
        """Wait until it is gone; after the deadline its whole group is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.clean_up()


def stop_all(children: Sequence[Child]) -> None:
    """All at once, and nobody stays."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + _STOPS_WITHIN_SECONDS
    for child in children:
        child.make_sure(deadline)


def http_service(places: Places, name: str) -> Child:
    """One of the demo's HTTP services, at the port that the environment promises to the product."""
    port = service_port(name)
    command = [sys.executable, "-m", "privacy_portal.demo.service", "--name", name, "--port", str(port)]
    command += ["--db", str(places.service_file(name))]
    env = {"PATH": os.environ.get("PATH", ""), "PYTHONUNBUFFERED": "1", "SERVICE_SECRET": places.secret(name)}
    log = places.log(name)

    def ready() -> bool:
        first = log.read_text().partition("\n")[0]
        return first.startswith("{") and json.loads(first)["port"] == port

    return Child(name, command, env=env, log=log, ready=ready)


def free_port() -> int:
    """One that nobody uses at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def why_not(port: int) -> str:
    """Why nothing of ours can listen at this port; empty if it can."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return "may not be opened without special rights"
        except OverflowError:
            return "does not exist"
        except OSError:
            return "is taken by another program"
    return ""


def last_line(log: Path) -> str:
    """What a process said last; most errors put their reason there."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def _end_with_parent() -> None:
    """Linux ends the child when its parent dies, also by SIGKILL. Elsewhere only the orderly ways out end it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
