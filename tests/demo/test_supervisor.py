"""`manage.py demo` as a process: it serves, watches over its children, and leaves nobody behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess

import httpx2
import pytest

from privacy_portal.demo.places import Places
from privacy_portal.demo.witness import Witness
from tests.demo.conftest import ROOT, demo_command, environment, eventually, started

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A data directory in which a demo was cut short while it loaded, then started once; and what it said then."""
    folder = tmp_path_factory.mktemp("demo")
    cut_short(folder / "var", folder / "cut.log")
    with started(folder / "var", folder / "first.log") as demo:
        first = demo.seconds
    yield folder / "var", first, demo.said()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def demo(loaded, tmp_path_factory):
    """The same one, started for the second time."""
    with started(loaded[0], tmp_path_factory.mktemp("demo-log") / "second.log") as running:
        yield running


def cut_short(data_dir, log):
    with log.open("wb") as output:
        process = subprocess.Popen(
            demo_command("--port", "0"), cwd=ROOT, env=environment(data_dir), stdout=output, stderr=output
        )
    eventually(lambda: "consents of" in log.read_text(), 200, log.read_text)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=40) == 0


def run(*arguments: str, data_dir, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        demo_command(*arguments),
        cwd=ROOT,
        env=environment(data_dir, **more),
        capture_output=True,
        text=True,
        timeout=60,
    )


# -- starting -------------------------------------------------------------------------------------------------------
def test_a_start_that_was_cut_short_is_made_good_and_says_how_far_it_is_and_where_to_click(loaded):
    _data_dir, _seconds, said = loaded

    for words in ("filling payment_service", "consents of 1000 of 1000 people", "waiting for worker"):
        assert words in said
    for role in ("data protection officer", "case worker", "auditor", "system owner", "administrator"):
        assert role in said
    for path in ("/privacy/aurora/request", "/preferences/", "/demo/outbox", "/api/v1/token"):
        assert path in said


def test_the_second_start_loads_nothing_again(loaded, demo):
    _data_dir, first, _said = loaded

    assert "filling" not in demo.said()
    assert "consents of" not in demo.said()
    assert demo.seconds < max(first / 2, 15)


def test_a_taken_port_is_said_in_one_line(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = run("--port", str(port), data_dir=tmp_path)

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"port {port} is taken" in refused.stderr
    assert refused.stdout == ""


def test_a_broken_installation_is_said_in_one_line(tmp_path):
    """A module that is missing, as after an installation that was cut short."""
    (tmp_path / "celery.py").write_text("raise ModuleNotFoundError(\"No module named 'celery'\")")

    broken = run(data_dir=tmp_path, PYTHONPATH=str(tmp_path))

    assert (broken.returncode, broken.stderr.count("\n")) == (1, 1)
    assert "The installation is broken: No module named 'celery'" in broken.stderr


def test_a_second_demo_in_the_same_place_is_refused_in_one_line(demo):
    refused = run("--port", "0", data_dir=demo.data_dir)

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "running already" in refused.stderr


def test_a_database_that_is_away_is_said_in_one_line(tmp_path):
    away = run("--port", "0", data_dir=tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:1/none")

    assert (away.returncode, away.stderr.count("\n")) == (1, 1)
    assert "a database is not there" in away.stderr


def test_the_demo_is_not_for_production(tmp_path):
    keys = {
        name: "a" * 43 + "="
        for name in ("PORTAL_SECRET_KEY", "PORTAL_MASTER_KEYS", "PORTAL_INDEX_KEY", "PORTAL_LEDGER_KEY")
    }
    servers = {"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}
    refused = run(
        data_dir=tmp_path, PORTAL_PRODUCTION="1", PORTAL_PUBLIC_URL="https://privacy.example.org",
        PORTAL_MAIL_FROM="a@example.org", **keys, **servers,
    )  # fmt: skip

    assert refused.returncode == 1
    assert "does not run with PORTAL_PRODUCTION" in refused.stderr


# -- serving --------------------------------------------------------------------------------------------------------
def test_staff_sign_in_with_the_printed_password(demo, http):
    password = re.search(r"everybody's password is (\S+)", demo.said())[1]
    page = http.get(f"{demo.url}/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]

    signed_in = http.post(
        f"{demo.url}/accounts/login/",
        data={"login": "dpo@example.org", "password": password, "csrfmiddlewaretoken": token},
        headers={"Referer": f"{demo.url}/accounts/login/"},
    )
    home = http.get(f"{demo.url}/")

    assert signed_in.status_code == 302
    assert home.status_code == 200
    assert "Newsletter list sent to the wrong agency" in home.text


def test_a_withdrawal_over_the_api_reaches_the_outside_system_by_the_worker(demo, http, monkeypatch):
    client, secret = re.search(r"client (\S+)\n\s+secret (\S+)", demo.said()).groups()
    token = http.post(
        f"{demo.url}/api/v1/token", data={"grant_type": "client_credentials"}, auth=(client, secret)
    )
    address = re.search(r"This one is [^,]+, (\S+):", demo.said())[1]

    told = http.post(
        f"{demo.url}/api/v1/consents/withdrawals",
        json={"identifiers": {"email": address}, "purpose": "newsletter", "law": "GDPR"},
        headers={"Authorization": f"Bearer {token.json()['access_token']}"},
    )

    assert told.status_code == 201, told.text
    witness = witness_of(demo, monkeypatch)
    eventually(
        lambda: witness.person_at("marketing_service", email=address)["stopped"] == ["newsletter"],
        30,
        lambda: (demo.data_dir / "demo/logs/worker.log").read_text()[-3000:],
    )


def test_the_code_of_a_request_can_be_read_on_the_outbox_page(demo, http):
    form = f"{demo.url}/privacy/aurora/request"
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', http.get(form).text)[1]
    asked = {"right": "access", "email": "somebody@example.org", "law": "GDPR", "csrfmiddlewaretoken": token}

    answer = http.post(form, data=asked, headers={"Referer": form})

    assert answer.status_code == 302
    eventually(
        lambda: "somebody@example.org" in http.get(f"{demo.url}/demo/outbox").text, 20, lambda: "no mail came"
    )


def witness_of(demo, monkeypatch) -> Witness:
    port = re.search(r"--port (\d+)", demo.all_processes()[demo.pid_of("--name marketing_service")])[1]
    monkeypatch.setenv("MARKETING_SERVICE_URL", f"http://127.0.0.1:{port}")
    return Witness(Places(demo.data_dir))


# -- watching, and stopping -----------------------------------------------------------------------------------------
def test_a_child_that_dies_is_started_again_and_a_line_says_so(demo, http):
    os.kill(demo.pid_of("granian"), signal.SIGKILL)

    demo.wait_for("web ended with exit code -9; starting it again", seconds=20)
    eventually(lambda: answers(http, demo.url), 60, lambda: "the web did not come back")


def answers(http, url: str) -> bool:
    try:
        return http.get(f"{url}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def test_ctrl_c_leaves_no_process(demo):
    before = demo.all_processes()

    code = demo.stop(signal.SIGINT)

    assert len(before) >= 6
    assert code == 0
    assert demo.all_processes() == {}
    assert "Traceback" not in demo.said()


@pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="only Linux ends children with their parent"
)
def test_not_even_a_killed_supervisor_leaves_a_process(loaded, tmp_path):
    with started(loaded[0], tmp_path / "killed.log") as demo:
        demo.process.kill()
        demo.process.wait()

        eventually(lambda: not demo.all_processes(), 30, lambda: str(demo.all_processes()))
