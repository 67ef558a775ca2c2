"""The reference service, from outside: each key's effect once, whatever is repeated, forged, lost or killed."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from privacy_portal.connectors.base import Refused, State
from privacy_portal.connectors.http import HttpConnector
from privacy_portal.connectors.wire.answers import outcome_of
from privacy_portal.demo.service import signed_headers
from tests.connectors.world import ANN, BOB, CALLBACK_SECRET, SECRET, ServiceProcess, order


def connector(service: ServiceProcess, secret: str = SECRET) -> HttpConnector:
    return HttpConnector(service.options, secret=secret, allow=service.allow)


def post(
    service: ServiceProcess, body: bytes, headers: dict[str, str], path: str = "/requests"
) -> tuple[int, dict]:
    request = urllib.request.Request(f"http://127.0.0.1:{service.port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as problem:
        return problem.code, json.loads(problem.read())


def people(service: ServiceProcess, email: str) -> list[str]:
    return [row["dataset"] for row in service.look(f"/people?email={email}")["rows"]]


def test_the_service_really_forgets(service):
    connector(service).erase(order("erase"))

    assert people(service, "ann@example.org") == []
    assert people(service, "bob@example.org") == ["subscribers", "campaign_sends"]


def test_each_key_has_its_effect_once(service):
    once = order("erase")

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda _: connector(service).erase(once), range(6)))

    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0].datasets[0].erased == 1
    entry = service.entry(once.key)
    assert (entry["effects"], entry["received"]) == (1, 6)


def test_a_key_used_again_for_something_else_is_refused(service):
    once = order("erase")
    connector(service).erase(once)

    with pytest.raises(Refused, match="http_422:key_reused"):
        connector(service).erase(order("erase", BOB, key=once.key))
    assert people(service, "bob@example.org")


def test_the_same_order_at_another_moment_is_the_same_order(service):
    once = order("erase", asked_at=None)

    assert connector(service).erase(once) == connector(service).erase(once)


def test_a_forged_order_changes_nothing(service):
    with pytest.raises(Refused, match="http_401:bad_signature"):
        connector(service, CALLBACK_SECRET).erase(order("erase"))
    assert people(service, "ann@example.org")


def test_an_order_changed_on_its_way_changes_nothing(service):
    headers = {**signed_headers(SECRET, "m1", b'{"a": 1}'), "idempotency-key": "k"}

    assert post(service, b'{"a": 2}', headers)[0] == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_request"),
        (b"[]", 400, "invalid_request"),
        (b"{}", 400, "invalid_request"),
        (
            b'{"extensions": {"privacy-portal": {"verb": "dance", "instructions": {}}}, "subject_identities": []}',
            422,
            None,
        ),
    ],
)
def test_an_order_it_cannot_read_is_a_problem(service, body, status, code):
    headers = {**signed_headers(SECRET, "m1", body), "idempotency-key": str(uuid4())}

    answered, problem = post(service, body, headers)

    assert answered == status
    assert problem["code"] == (code or "not_supported")


def test_other_places_are_not_found_and_a_key_is_needed(service):
    assert post(service, b"{}", signed_headers(SECRET, "m1", b"{}"), path="/elsewhere")[0] == 404
    assert post(service, b"{}", signed_headers(SECRET, "m1", b"{}"))[0] == 400


def test_a_body_that_is_too_large_is_not_read(service):
    body = b" " * (1 << 20) + b"{}"

    with contextlib.suppress(urllib.error.URLError):  # it may hang up while we are still talking
        assert post(service, body, signed_headers(SECRET, "m1", body))[0] == 413


def test_a_purpose_is_stopped_for_the_person(service):
    said = {"type": "consent.withdrawn", "purpose": "newsletter", "actions": ["stop_processing"]}

    connector(service).notify(order("notify", instructions=said))

    assert service.look("/people?email=ann@example.org")["stopped"] == ["newsletter"]
    assert service.look("/people?email=bob@example.org")["stopped"] == []


def test_the_journal_keeps_no_request_once_it_is_done(service):
    import sqlite3

    connector(service).erase(order("erase"))
    connector(service).locate(order("locate"))

    rows = sqlite3.connect(service.path).execute("SELECT request, answer FROM journal").fetchall()
    assert "ann@" not in str(rows)


# -- late answers -----------------------------------------------------------------------------------------------------
class Inbox:
    """Takes callbacks; the first `failures` of them it answers with 503."""

    def __init__(self, failures: int = 0) -> None:
        inbox = self
        self.messages: list[tuple[dict, bytes]] = []
        self.came = threading.Event()
        self.failures = failures

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                inbox.messages.append((dict(self.headers), raw))
                failing = len(inbox.messages) <= inbox.failures
                self.send_response(503 if failing else 202)
                self.end_headers()
                if not failing:
                    inbox.came.set()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/inbox"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def inbox():
    made = []

    def make(failures: int = 0) -> Inbox:
        made.append(Inbox(failures))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_late_answer_comes_signed_and_in_the_shape_of_an_early_one(later_service, inbox):
    box = inbox()
    once = order("erase", callback_url=box.url)

    assert connector(later_service).erase(once).state == State.ACCEPTED
    assert box.came.wait(15)

    headers, raw = box.messages[-1]
    Webhook(CALLBACK_SECRET).verify(raw, headers)
    body = json.loads(raw)
    assert body["subject_request_id"] == once.key
    assert body["status_callback_url"] == box.url
    outcome = outcome_of(raw)
    assert (outcome.rows_left, outcome.datasets[0].erased) == (0, 1)
    assert people(later_service, "ann@example.org") == []


def test_a_callback_that_is_not_taken_comes_again_as_the_same_message(later_service, inbox):
    box = inbox(failures=1)
    once = order("erase", callback_url=box.url)

    connector(later_service).erase(once)
    assert box.came.wait(15)

    ids = {
        headers["Webhook-Id"] if "Webhook-Id" in headers else headers["webhook-id"]
        for headers, _raw in box.messages
    }
    assert len(box.messages) == 2
    assert len(ids) == 1
    _wait_for(lambda: later_service.entry(once.key)["called_back"] == 1)
    assert later_service.entry(once.key)["effects"] == 1


def test_asking_again_after_the_work_gives_the_answer_at_once(later_service, inbox):
    box = inbox()
    once = order("erase", callback_url=box.url)
    connector(later_service).erase(once)
    assert box.came.wait(15)

    outcome = connector(later_service).erase(once)

    assert (outcome.state, outcome.rows_left) == (State.DONE, 0)
    assert later_service.entry(once.key)["effects"] == 1


def test_a_late_order_that_cannot_be_done_comes_back_as_refused(later_service, inbox):
    box = inbox()
    said = {"dataset": "cars", "before": "2022-01-01T00:00:00+00:00"}

    connector(later_service).expire(order("expire", (), instructions=said, callback_url=box.url))
    assert box.came.wait(15)

    with pytest.raises(Refused, match="failed:no_such_dataset"):
        outcome_of(box.messages[-1][1])


def test_a_killed_service_owes_its_answer_and_pays_after_the_restart(tmp_path, inbox):
    service = ServiceProcess(tmp_path / "killed.db", later=True).start().fill()
    box = inbox(failures=10_000)
    orders = [order("erase", who, callback_url=box.url) for who in (ANN, BOB)]
    for each in orders:
        connector(service).erase(each)

    service.kill()
    box.failures = 0
    service.start()
    try:
        assert box.came.wait(20)
        _wait_for(lambda: all(service.entry(each.key)["called_back"] for each in orders))
        assert [service.entry(each.key)["effects"] for each in orders] == [1, 1]
    finally:
        service.kill()


def _wait_for(holds, seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)
