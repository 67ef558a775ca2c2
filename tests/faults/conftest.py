"""Real worker processes on PostgreSQL and Redis, the demo company's systems, and the means to harm them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
import yaml

from privacy_portal.demo import people
from privacy_portal.demo.people import Person
from privacy_portal.demo.places import HTTP_SERVICES, Places
from tests.faults import stores

ROOT = Path(__file__).resolve().parents[2]
COMPANY = ROOT / "privacy_portal" / "demo" / "company.yaml"
BYSTANDERS = 20
"""People who ask for nothing and must keep every row."""


class World:
    """Everything a fault test touches. All processes end with it."""

    def __init__(self, folder: Path, postgres_url: str, redis_url: str, erasures: int) -> None:
        self.folder = folder
        self.redis_url = redis_url
        self.server = urlsplit(postgres_url)._replace(path="/postgres").geturl()
        self.database = f"faults_{secrets.token_hex(4)}"
        self._processes: list[subprocess.Popen] = []
        self._worker: subprocess.Popen | None = None
        self.people = people.generate(erasures + BYSTANDERS)
        self.asked: dict[str, Person] = {}
        self.places = Places(folder / "data", self.server, f"{self.database}_")
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")},
            "PYTHONPATH": str(ROOT),
            "PORTAL_DATA_DIR": str(self.places.data_dir),
            "PORTAL_LOG_LEVEL": "WARNING",
            "DATABASE_URL": urlsplit(postgres_url)._replace(path=f"/{self.database}").geturl(),
            "REDIS_URL": redis_url,
            "SLOW_SERVICE_SECONDS": "0.3",
        }

    # -- building up and tearing down -------------------------------------------------------------------------------
    def build(self) -> None:
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {self.database}")
        self._redis().flushdb()
        self.run("manage.py", "migrate", "--verbosity=0")
        stores.fill(self.places, self.people)
        self.before = stores.rows(self.places)
        self.env.update(self.places.environment({name: self._start_service(name) for name in HTTP_SERVICES}))
        self.run("manage.py", "register", str(self._manifest()))
        self._house = self._popen("tests/faults/house.py", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.house("hire")

    def _manifest(self) -> Path:
        """The demo's first company without the archive, where a person answers. Who is killed on and on is not at fault
        here, so systems are asked as often as it takes."""
        company = yaml.safe_load(COMPANY.read_text())
        controller = company["controllers"][0]
        controller["systems"] = [each for each in controller["systems"] if each["kind"] != "manual"]
        for system in controller["systems"]:
            system.setdefault("connection", {}).update(max_attempts=50, timeout_seconds=10)
        file = self.folder / "company.yaml"
        file.write_text(yaml.safe_dump({**company, "controllers": [controller]}, sort_keys=False))
        return file

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
        stores.drop(self.places)

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
        next_ones = self.people[len(self.asked) : len(self.asked) + count]
        assert len(self.people) - len(self.asked) >= count + BYSTANDERS
        asking = [{"email": person.email, "law": person.region.law} for person in next_ones]
        self.asked.update(zip(self.house("ask_erasures", people=asking), next_ones, strict=True))

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
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ANY(%s)",
                [[self.database, *stores.database_names(self.places)]],
            )
            return cut.fetchone()[0]

    # -- what came of it --------------------------------------------------------------------------------------------
    def until(self, condition: Callable[[], object], seconds: float) -> None:
        """Wait; meanwhile the staff decide about every plan as soon as it is there."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s: {self.summary()}\n{self.log()}"
            self.house("decide")
            time.sleep(0.1)

    def is_asking(self, cause: str) -> bool:
        """At this moment a system is being asked, in a dry run ("location") or for good ("request")."""
        return self.house("running").get(cause, 0) > 0

    def is_quiet(self) -> bool:
        return self.house("quiet")

    def summary(self) -> dict[str, Any]:
        return {name: value for name, value in self.house("report").items() if name != "requests"}

    def log(self) -> str:
        return (self.folder / "stderr.log").read_text()[-3000:]

    def _start_service(self, name: str) -> int:
        service = self._popen(
            "tests/faults/slow_service.py", "--name", name, "--db", str(self.places.service_file(name)),
            "--secret", self.places.secret(name), stdout=subprocess.PIPE,
        )  # fmt: skip
        return json.loads(service.stdout.readline())["port"]

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
def built_world(request, tmp_path_factory, postgres_url, redis_url) -> Iterator[World]:
    """Migrating takes longest, so the tests of a module share one database; each asks for erasures of its own."""
    world = World(tmp_path_factory.mktemp("faults"), postgres_url, redis_url, request.module.ERASURES_IN_ALL)
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
