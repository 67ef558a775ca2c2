"""Installing, starting and stopping, as a person or a server does it."""

from __future__ import annotations

import base64
import importlib.util
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psycopg
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- locks ----------------------------------------------------------------------------------------------------------
def pinned(lock):
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,-]+\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_are_hashed_throughout_and_name_no_host(lock):
    text = (ROOT / lock).read_text()
    requirements = re.split(r"\n(?=[a-z0-9])", text)

    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert "://" not in text
    assert "index" not in re.sub(r"--hash\S+", "", text).split()


def test_the_suite_runs_what_production_runs():
    assert pinned("requirements.txt").items() <= pinned("requirements-dev.txt").items()


def test_every_dependency_of_the_product_has_a_reason_beside_it():
    lines = [line for line in (ROOT / "requirements.in").read_text().splitlines() if re.match("[a-z]", line)]

    assert [line for line in lines if not re.search(r"\s# \S{3,}", line)] == []
    assert {re.match(r"[a-z0-9-]+", line)[0] for line in lines} <= pinned("requirements.txt").keys()


# -- installing -----------------------------------------------------------------------------------------------------
def test_an_install_that_fails_says_so_in_one_line(tmp_path):
    (tmp_path / "requirements.txt").write_text(f"there-is-no-such-package==1 --hash=sha256:{'0' * 64}\n")

    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    installed = subprocess.run(
        [sys.executable, ROOT / ".ci" / "install.py", "requirements.txt"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip

    assert installed.returncode == 1
    assert installed.stderr.count("\n") == 1
    assert "is a package index within reach?" in installed.stderr
    assert not (tmp_path / ".venv" / "installed-requirements.txt").exists()


def test_an_old_python_is_named(tmp_path, monkeypatch):
    install = script("install")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(install, "sys", SimpleNamespace(version_info=(3, 10, 4), exit=sys.exit))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, this is 3\.10\.4"):
        install.main(["requirements.txt"])


def test_an_installed_lock_is_left_alone_until_it_changes(tmp_path, monkeypatch):
    install = script("install")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(install, "works", lambda python: True)
    (tmp_path / ".venv").mkdir()
    (tmp_path / "requirements.txt").write_text("a==1")
    (tmp_path / ".venv" / "installed-requirements.txt").write_text("a==1")

    before = install.is_installed("requirements.txt")
    (tmp_path / "requirements.txt").write_text("a==2")

    assert before
    assert not install.is_installed("requirements.txt")


# -- the two passes -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("required", "code"), [("1", 1), ("", 0)])
def test_missing_servers_fail_the_suite_only_where_they_are_required(required, code, monkeypatch, capsys):
    suite = script("suite")
    monkeypatch.setenv("REQUIRE_SERVICES", required)
    monkeypatch.setattr(suite, "run", lambda arguments, environment: 0)
    monkeypatch.setattr(suite, "missing_servers", lambda: ["Redis does not answer"])

    assert suite.main([]) == code
    assert "NOT RUN on PostgreSQL and Redis: Redis does not answer" in capsys.readouterr().out


def test_the_first_pass_sees_no_server_and_the_second_sees_both(monkeypatch):
    suite = script("suite")
    seen = []
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/name")
    monkeypatch.setattr(suite, "run", lambda arguments, environment: seen.append(environment) or 0)
    monkeypatch.setattr(suite, "missing_servers", list)

    suite.main([])

    embedded, browser, servers = seen
    for alone in (embedded, browser):
        assert not {"DATABASE_URL", "REDIS_URL", "BROKER_URL", "PORTAL_DATA_DIR"} & alone.keys()
    assert {"DATABASE_URL", "REDIS_URL"} <= servers.keys()


# -- starting -------------------------------------------------------------------------------------------------------
def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command, environment, log):
    """A process in a group of its own, which is told to stop afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(ready, process, log, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"{process.args} was not ready:\n{log.read_text()[-3000:]}", pytrace=False)


def answers(url, host=None):
    try:
        request = Request(url, headers={"Host": host} if host else {})
        return urlopen(request, timeout=2).status == 200
    except (URLError, OSError):
        return False


@pytest.mark.timeout(240)
def test_make_demo_installs_and_starts_the_demo(tmp_path):
    """…and Ctrl-C stops all of it."""
    port, log = free_port(), tmp_path / "demo.log"
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    environment |= {"PORTAL_DATA_DIR": str(tmp_path / "var"), "PYTHONUNBUFFERED": "1"}

    with running(["make", "demo", f"ARGS=--port {port}"], environment, log) as demo:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), demo, log, seconds=150)
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(timeout=30)

    assert not answers(f"http://127.0.0.1:{port}/healthz")
    assert "Traceback" not in log.read_text()


def production(database_url, redis_url, port, data_dir):
    """The environment of compose.yaml, with its variables filled in and its server names replaced."""

    def key():
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()

    given = {
        "PORTAL_PUBLIC_URL": "https://privacy.example.org",
        "PORTAL_ALLOWED_HOSTS": "privacy.example.org",
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(60),
        "PORTAL_MASTER_KEYS": key(),
        "PORTAL_INDEX_KEY": key(),
        "PORTAL_LEDGER_KEY": key(),
        "PORTAL_LEDGER_ORIGIN": "privacy.example.org/ledger",
        "PORTAL_MAIL_FROM": "privacy@example.org",
        "EMAIL_HOST": "mail.example.org",
        "POSTGRES_PASSWORD": "unused",
    }
    environment = {name: filled(value, given) for name, value in COMPOSE["x-portal"]["environment"].items()}
    environment |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PORTAL_DATA_DIR": str(data_dir)}
    return {"PATH": os.environ["PATH"], "GRANIAN_PORT": str(port), **environment}


def filled(value, given):
    """`${NAME:?what it is}` must be given; `${NAME:-default}` need not."""
    value = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: given.get(found[1], found[2]), value)
    return re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: given[found[1]], value)


@pytest.fixture
def empty_database(postgres_url):
    """A PostgreSQL database nobody else uses; its URL."""
    name = f"test_portal_production_{os.getpid()}"
    server = postgres_url.replace("postgres://", "postgresql://", 1)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def command(service):
    program, *arguments = COMPOSE["services"][service]["command"]
    return [str(BIN / program), *arguments]


@pytest.mark.timeout(240)
def test_production_starts_from_plain_commands(empty_database, redis_url, tmp_path):
    """Tables, static files, web, worker and beat, with the commands and the environment of compose.yaml."""
    port = free_port()
    environment = production(empty_database, redis_url, port, tmp_path / "data")
    logs = {name: tmp_path / f"{name}.log" for name in ("web", "worker", "beat")}
    web = f"http://127.0.0.1:{port}"

    for once in ("migrate", "collectstatic"):
        done = subprocess.run(command(once), cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(running(command(name), environment, log)) for name, log in logs.items()
        }
        wait_until(
            lambda: answers(f"{web}/readyz", host="127.0.0.1"), started["web"], logs["web"], seconds=60
        )
        wait_until(
            lambda: " ready" in logs["worker"].read_text(), started["worker"], logs["worker"], seconds=60
        )
        wait_until(
            lambda: any((tmp_path / "data").glob("beat-schedule*")), started["beat"], logs["beat"], seconds=60
        )
        alive = [name for name, process in started.items() if process.poll() is None]

    assert alive == ["web", "worker", "beat"]


@pytest.mark.parametrize("unsafe", ["DATABASE_URL", "REDIS_URL", "PORTAL_SECRET_KEY", "PORTAL_PUBLIC_URL"])
def test_production_refuses_to_start_without(unsafe, tmp_path):
    environment = production("postgres://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0", 1, tmp_path)
    del environment[unsafe]

    started = subprocess.run(command("migrate"), cwd=ROOT, env=environment, capture_output=True, text=True)

    assert started.returncode != 0
    assert unsafe in started.stderr


# -- the image ------------------------------------------------------------------------------------------------------
def test_the_image_is_pinned_by_hash_and_not_run_as_root():
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER (?!root)", dockerfile, re.MULTILINE)


def test_the_worker_takes_every_queue_of_the_default_executor_group():
    queues = COMPOSE["services"]["worker"]["command"][5].split(",")

    assert queues == ["portal", "fanout.default"]


def test_only_the_web_service_opens_a_port_and_only_on_this_machine():
    ports = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}

    assert list(ports) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in ports["web"])
