"""The report says what was measured, beside what, and whether the goal is met; nothing here is timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench import footprint, load, meters, report
from bench.report import Row

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("row", "ratio", "met"),
    [
        pytest.param(Row("rate", 10.0, "/s", 2.0, "peer", 10.0), 5.0, True, id="a rate at its goal"),
        pytest.param(Row("rate", 9.0, "/s", 2.0, "peer", 10.0), 4.5, False, id="a rate below its goal"),
        pytest.param(Row("CPU", 0.1, "s", 0.5, "peer", 0.1, True), 5.0, True, id="CPU at its goal"),
        pytest.param(Row("CPU", 0.2, "s", 0.5, "peer", 0.1, True), 2.5, False, id="CPU above its goal"),
        pytest.param(Row("plain", 1.0, "s"), None, None, id="without peer and goal"),
    ],
)
def test_a_row_knows_its_factor_and_its_goal(row, ratio, met):
    assert (row.ratio, row.met) == (ratio, met)
    assert json.loads(json.dumps(row.as_json()))["met"] is met


def test_the_table_says_in_words_what_is_not_met():
    text = report.table([Row("access requests a second", 3.0, "/s", 3.5, "peer", 17.5)])

    assert "access requests a second" in text
    assert "≥ 17.50" in text
    assert text.rstrip().endswith("NO")


def test_cpu_and_memory_of_this_process_are_read():
    assert os.getpid() in meters.tree(os.getpid())
    assert meters.cpu_seconds([os.getpid()]) > 0
    assert 0 < meters.memory(os.getpid()).proportional <= meters.memory(os.getpid()).resident


def test_the_install_size_counts_the_runtime_only():
    assert 20 < footprint.install_size() < 800
    assert "pytest" not in set(footprint._names("requirements.txt"))


def test_the_products_processes_see_no_development_tool():
    hidden = footprint.development_modules()

    assert {"pytest", "rich", "pygments"} <= set(hidden)
    assert not {"django", "celery", "psycopg", "sqlalchemy", "structlog"} & set(hidden)


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 201 if self.headers["Authorization"] == "Bearer token" and json.loads(body) else 400
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def echo_port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_the_load_generator_asks_each_once_and_counts_what_comes_back(echo_port):
    asked = [("POST", "/", json.dumps({"number": number})) for number in range(7)]

    result = load.run(echo_port, asked, token="token", connections=3).check("201")

    assert (result.count, result.statuses) == (7, {"201": 7})
    assert result.percentile(0.5) <= result.percentile(0.95)


def test_an_answer_that_was_not_expected_stops_the_measurement(echo_port):
    result = load.run(echo_port, [("POST", "/", "{}")], token="another", connections=1)

    with pytest.raises(RuntimeError, match="400"):
        result.check("200", "201")


def test_the_command_names_its_parts():
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "--quick" in done.stdout
    assert "consents" in done.stdout
