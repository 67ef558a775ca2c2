"""Real worker processes on PostgreSQL and Redis, two real services, and the means to harm them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SERVICES = ("marketing_service", "analytics_service")


class World:
    """Everything a fault test touches. All processes end with it."""

    def __init__(self, folder: Path, postgres_url: str, redis_url: str) -> None:
        self.folder = folder
        self.redis_url = redis_url
        self.server = urlsplit(postgres_url)._replace(path="/postgres").geturl()
        self.database = f"faults_{secrets.token_hex(4)}"
        self._processes: list[subprocess.Popen] = []
        self._worker: subprocess.Popen | None = None
        self.asked = 0
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")},
            "PYTHONPATH": str(ROOT),
            "PORTAL_DATA_DIR": str(folder / "data"),
            "PORTAL_LOG_LEVEL": "WARNING",
            "DATABASE_URL": urlsplit(postgres_url)._replace(path=f"/{self.database}").geturl(),
            "REDIS_URL": redis_url,
            "SLOW_SERVICE_SECONDS": "0.6",
        }

    # -- building up and tearing down -------------------------------------------------------------------------------
    def build(self) -> None:
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {self.database}")
        self._redis().flushdb()
        self.run("manage.py", "migrate", "--verbosity=0")
        urls = {name: self._start_service(name) for name in SERVICES}
        self.env["PORTAL_OUTBOUND_ALLOW"] = ",".join(url.removeprefix("http://") for url in urls.values())
        self._house = self._popen("tests/faults/house.py", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.house("set_up", services=urls, secret=SECRET)

    def tear_down(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in filter(None, (process.stdin, process.stdout)):
                stream.close()
        self._redis().flushdb()
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def house(self, command: str, **arguments: Any) -> Any:
        """Ask the front door's process."""
        self._house.stdin.write(json.dumps([command, arguments]) + "\n")
        self._house.stdin.flush()
        answer = self._house.stdout.readline()
        assert answer, (self.folder / "stderr.log").read_text()[-3000:]
        return json.loads(answer)

    def ask_erasures(self, count: int) -> None:
        self.house("ask_erasures", count=count)
        self.asked += count

    # -- the worker, and how it dies --------------------------------------------------------------------------------
    def start_worker(self) -> float:
        """Worker and beat, in one group of processes; returns the moment."""
        self._worker = self._popen(
            "-m", "celery", "-A", "privacy_portal", "worker", "--beat", "--schedule", str(self.folder / "beat"),
            "--concurrency=2", "--queues=portal,fanout.default", "--loglevel=ERROR", "--without-mingle",
            "--without-gossip",
        )  # fmt: skip
        return time.time()

    def kill_worker(self) -> None:
        """As a power cut would: all of its processes at once, without a word."""
        os.killpg(self._worker.pid, signal.SIGKILL)
        self._worker.wait()

    def kill_one_child(self) -> bool:
        """As the kernel would when memory is short: one process that holds tasks. Celery starts another."""
        children = Path(f"/proc/{self._worker.pid}/task/{self._worker.pid}/children").read_text().split()
        if not children:
            return False
        os.kill(int(secrets.choice(children)), signal.SIGKILL)
        return True

    # -- other harm -------------------------------------------------------------------------------------------------
    def empty_redis(self) -> None:
        self._redis().flushdb()

    def cut_database_connections(self) -> int:
        with psycopg.connect(self.server, autocommit=True) as server:
            cut = server.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s",
                [self.database],
            )
            return cut.fetchone()[0]

    # -- what came of it --------------------------------------------------------------------------------------------
    def until(self, condition, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (
                f"not within {seconds} s: {self.house('report')}\n{self.log()}"
            )
            time.sleep(0.1)

    def is_busy(self) -> bool:
        return self.house("counts").get("running", 0) > 0

    def is_done(self) -> bool:
        return set(self.house("counts")) <= {
            "completed",
            "failed",
            "waiting_on_person",
            "skipped",
            "cancelled",
        }

    def effects(self) -> dict[str, list[tuple[str, int, int]]]:
        """Per service: (key, times received, times carried out)."""
        query = "SELECT key, received, (SELECT count(*) FROM effects WHERE effects.key = journal.key) FROM journal"
        found = {}
        for name in SERVICES:
            with sqlite3.connect(self.folder / f"{name}.db") as journal:
                found[name] = journal.execute(query).fetchall()
        return found

    def log(self) -> str:
        return (self.folder / "stderr.log").read_text()[-3000:]

    def _start_service(self, name: str) -> str:
        service = self._popen(
            "tests/faults/slow_service.py", "--name", name, "--db", str(self.folder / f"{name}.db"),
            "--secret", SECRET, stdout=subprocess.PIPE,
        )  # fmt: skip
        return f"http://127.0.0.1:{json.loads(service.stdout.readline())['port']}"

    def _popen(self, *command: str, **streams: Any) -> subprocess.Popen:
        with (self.folder / "stderr.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.env,
                text=True,
                start_new_session=True,
                stderr=log,
                **{"stdin": subprocess.DEVNULL, "stdout": log, **streams},
            )
        self._processes.append(process)
        return process

    def _redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url)


@pytest.fixture(scope="module")
def built_world(tmp_path_factory, postgres_url, redis_url) -> Iterator[World]:
    """Migrating takes longest, so the tests of a module share one database; each asks for erasures of its own."""
    world = World(tmp_path_factory.mktemp("faults"), postgres_url, redis_url)
    try:
        world.build()
        yield world
    finally:
        world.tear_down()


@pytest.fixture
def world(built_world) -> Iterator[World]:
    built_world.start_worker()
    yield built_world
    built_world.kill_worker()
