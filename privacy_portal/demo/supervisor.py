"""`manage.py demo`: one small process that starts, watches and stops outside systems, loading, web and worker.

The command replaces itself by this module, which never loads Django and stays small:

    python -m privacy_portal.demo.supervisor --port 8000
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

from privacy_portal.demo import guide, processes
from privacy_portal.demo.places import HTTP_SERVICES, Places
from privacy_portal.demo.processes import Child, DidNotStart

_MOST_RESTARTS = 5
"""Of one child within a minute; who dies more often is broken."""

_APPLICATION = "privacy_portal.wsgi:application"


class CannotStart(Exception):
    """One clear line for the person at the keyboard."""


class NotPrepared(Exception):
    """Loading has said itself why it could not go on."""


class Stopped(BaseException):
    """Ctrl-C or SIGTERM, wherever we are."""


def replace_this_process(*, port: int) -> NoReturn:
    """From the management command; does not come back."""
    command = [sys.executable, "-m", "privacy_portal.demo.supervisor", "--port", str(port)]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": str(processes.ROOT)})  # noqa: S606


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args(arguments).port
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    supervisor = Supervisor(Places.here(), port)
    try:
        supervisor.open()
        supervisor.watch()
    except (CannotStart, DidNotStart) as reason:
        print(f"The demo cannot run: {reason}", file=sys.stderr)
        return 1
    except NotPrepared:
        return 1
    except Stopped:
        print("\nStopping …", flush=True)
        return 0
    finally:
        supervisor.close()


def _stop(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # once is enough: what follows must run to its end
    raise Stopped


class Supervisor:
    def __init__(self, places: Places, port: int) -> None:
        self._places = places
        self._port = port or processes.free_port()
        self._children: list[Child] = []
        self._restarts: dict[str, list[float]] = {}
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Everything up and ready, or an exception that says what is not."""
        self._places.make()
        self._lock = _only_one_here(self._places.folder)
        if reason := processes.why_not(self._port):
            raise CannotStart(
                f"port {self._port} {reason}; choose another one, such as "
                f"`manage.py demo --port {processes.free_port()}` (with make: `make demo ARGS='--port …'`)"
            )
        began = time.monotonic()
        ports = {name: processes.free_port() for name in HTTP_SERVICES}
        os.environ.update(self._places.environment(ports) | self._settings())
        print("Starting the demo company (the first time takes about a minute)", flush=True)
        self._prepare()
        words = json.loads((self._places.folder / "guide.json").read_text())
        self._start_servers(words["queues"])
        print(f"  ready after {time.monotonic() - began:.0f} s", flush=True)
        print(guide.text(words, self._url), flush=True)

    def watch(self) -> NoReturn:
        """Start again what dies, and say so. Raises CannotStart when it keeps dying."""
        while True:
            time.sleep(0.5)
            for child in self._children:
                if child.has_died():
                    self._start_again(child)

    def close(self) -> None:
        processes.stop_all(self._children)
        if self._children:
            print("Everything has stopped.", flush=True)

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _settings(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
            "PORTAL_DEMO": "1",
            "PORTAL_PUBLIC_URL": self._url,
            "PORTAL_LOG_LEVEL": os.environ.get("PORTAL_LOG_LEVEL", "INFO"),
            "PYTHONUNBUFFERED": "1",
        }

    def _prepare(self) -> None:
        """The outside systems first: loading the past asks them."""
        services = [processes.http_service(self._places, name) for name in HTTP_SERVICES]
        self._start(services)
        loading = self._child("prepare", ["-m", "privacy_portal.demo.prepare"], ready=lambda: False)
        self._children.append(loading)
        loading.start(show=True)
        code = loading.wait()
        self._children.remove(loading)
        if code != 0:
            raise NotPrepared

    def _start_servers(self, queues: list[str]) -> None:
        """One web process and one worker with beat inside: threads, because both mostly wait."""
        web = [
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self._port),
            "--workers",
            "1",
        ]
        web += ["--blocking-threads", "4", "--no-access-log", "--log-level", "warning", _APPLICATION]
        worker = ["-m", "celery", "--app", "privacy_portal", "worker", "--beat", "--queues", ",".join(queues)]
        worker += [
            "--pool",
            "threads",
            "--concurrency",
            "2",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
        log = self._places.log("worker")
        servers = [
            self._child("web", web, ready=lambda: _answers(self._port)),
            self._child("worker", worker, ready=lambda: " ready." in log.read_text(errors="replace")),
        ]
        self._start(servers)

    def _start(self, children: list[Child]) -> None:
        for child in children:
            self._children.append(child)
            child.start()
        for child in children:
            print(f"  waiting for {child.name}", flush=True)
            child.wait_until_ready(seconds=90)

    def _start_again(self, child: Child) -> None:
        now = time.monotonic()
        lately = [moment for moment in self._restarts.get(child.name, []) if now - moment < 60]
        if len(lately) >= _MOST_RESTARTS:
            raise CannotStart(
                f"{child.name} keeps ending ({processes.last_line(child.log)}); its log: {child.log}"
            )
        self._restarts[child.name] = [*lately, now]
        print(f"{child.name} ended with exit code {child.exit_code()}; starting it again", flush=True)
        child.clean_up()
        child.start()

    def _child(self, name: str, arguments: list[str], *, ready: Any) -> Child:
        command = [sys.executable, *arguments]
        return Child(name, command, env=_inherited(os.environ), log=self._places.log(name), ready=ready)


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    return {**environ, "PYTHONPATH": str(processes.ROOT)}


def _answers(port: int) -> bool:
    """Whether the web process says that it can serve."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _only_one_here(folder: Path) -> IO[str]:
    """Two demos in one data directory would stop each other's services. The lock goes with the process."""
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise CannotStart(f"a demo is running already with the data in {folder.parent}") from None
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
