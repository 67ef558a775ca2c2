"""A system that is down, slow, broken or hostile: each gives a clear code, and the order can be sent again."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from privacy_portal.connectors import clock
from privacy_portal.connectors.base import Outcome, Refused, State, Unreachable
from privacy_portal.connectors.http import HttpConnector
from tests.connectors.world import NOON, SECRET, http_answer, order

DONE = {
    "request_status": "completed",
    "outcome": {"datasets": [{"dataset": "people", "found": 1, "erased": 1}], "rows_left": 0},
}
PROBLEM = "application/problem+json"


def connector(server, **options: object) -> HttpConnector:
    return HttpConnector({**server.options, **options}, secret=SECRET, allow=server.allow)


def ask(server, verb: str = "erase", **given: object) -> Outcome:
    return getattr(connector(server), verb)(order(verb, **given))


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_system_that_is_down_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    down = HttpConnector(
        {"url": f"http://127.0.0.1:{port}"}, secret=SECRET, allow=frozenset({f"127.0.0.1:{port}"})
    )

    with pytest.raises(Unreachable, match="no_connection"):
        down.erase(order("erase"))


def test_a_system_that_is_slow_is_given_up_after_the_time_of_the_order(raw_server):
    slow = raw_server(http_answer(body(DONE)), pause=30)

    started = time.monotonic()
    with pytest.raises(Unreachable, match="timeout"):
        ask(slow, timeout_seconds=0.3)
    assert time.monotonic() - started < 10


def test_a_system_that_drips_its_answer_is_given_up_too(raw_server):
    whole = http_answer(body(DONE))
    dripping = raw_server([whole[:-60], *(whole[-60:][n : n + 1] for n in range(60))], pause=0.1)

    started = time.monotonic()
    with pytest.raises(Unreachable, match="timeout"):
        ask(dripping, timeout_seconds=0.8)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 409, 425, 429])
def test_a_status_that_may_pass_is_unreachable(raw_server, status):
    with pytest.raises(Unreachable, match=f"http_{status}"):
        ask(raw_server(http_answer(b"{}", status=f"{status} No")))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 451, 501, 505])
def test_a_status_that_will_not_pass_is_refused(raw_server, status):
    with pytest.raises(Refused, match=f"http_{status}"):
        ask(raw_server(http_answer(b"{}", status=f"{status} No")))


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7.0), ("999999999", 86_400.0), ("soon", None), ("-5", None), ("", None)]
)
def test_the_system_says_when_to_come_back(raw_server, said, seconds):
    with pytest.raises(Unreachable) as failure:
        ask(raw_server(http_answer(b"", status="429 Slow", retry_after=said)))
    assert failure.value.retry_after_seconds == seconds


def test_the_moment_to_come_back_may_be_a_date(raw_server, monkeypatch):
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)
    later = format_datetime(NOON + timedelta(minutes=2), usegmt=True)

    with pytest.raises(Unreachable) as failure:
        ask(raw_server(http_answer(b"", status="503 Later", retry_after=later)))
    assert failure.value.retry_after_seconds == 120.0


def test_half_a_body_is_unreachable_because_the_order_can_be_sent_again(raw_server):
    whole = http_answer(body(DONE))

    with pytest.raises(Unreachable, match="half_body"):
        ask(raw_server(whole[: len(whole) - 20]))


def test_half_a_chunked_body_is_unreachable(raw_server):
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"

    with pytest.raises(Unreachable, match="half_body"):
        ask(raw_server(head + b"40\r\n" + body(DONE)[:30]))


@pytest.mark.parametrize(
    "text", ["", "{", '{"request_status": "comp', '{"request_status": "completed", "outcome": {']
)
def test_json_that_simply_stops_is_half_a_body(raw_server, text):
    with pytest.raises(Unreachable, match="half_body"):
        ask(raw_server(http_answer(text.encode())))


@pytest.mark.parametrize("text", [b"<html>", b"\xff\xfe", b"{'a': 1}", b"[" * 100_000])
def test_a_whole_body_that_is_no_json_is_refused(raw_server, text):
    with pytest.raises((Refused, Unreachable)) as failure:
        ask(raw_server(http_answer(text)))
    assert failure.value.code in ("bad_json", "half_body")


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        None,
        {},
        {"request_status": "dancing"},
        {**DONE, "outcome": []},
        {**DONE, "outcome": {"state": "accepted"}},
        {**DONE, "outcome": {"datasets": [{"found": 1}]}},
        {**DONE, "outcome": {"datasets": [{"dataset": "a", "found": "1"}]}},
        {**DONE, "outcome": {"datasets": [{"dataset": "a", "found": -1}]}},
        {**DONE, "outcome": {"datasets": [{"dataset": "a", "left": True}]}},
        {
            **DONE,
            "outcome": {
                "datasets": [{"dataset": "a", "grounds": [{"field": "b", "rows": 1.5, "reason": "c"}]}]
            },
        },
        {**DONE, "outcome": {"datasets": [], "rows_left": "0"}},
        {**DONE, "outcome": {"actions": [1]}},
        {**DONE, "subject_identities": [{"identity_type": "email", "identity_value": 5}]},
        {**DONE, "subject_identities": "email"},
    ],
)
def test_an_answer_of_another_shape_is_refused(raw_server, wrong):
    with pytest.raises(Refused, match="bad_answer"):
        ask(raw_server(http_answer(body(wrong))))


def test_an_answer_of_another_kind_is_refused(raw_server):
    with pytest.raises(Refused, match="bad_answer"):
        ask(raw_server(http_answer(body(DONE), kind="text/html")))


def test_an_oversized_answer_is_refused_without_reading_it_to_the_end(raw_server):
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"
    endless = raw_server([head, *[b" " * 65536] * 64])

    with pytest.raises(Refused, match="answer_too_large"):
        ask(endless)


def test_something_that_speaks_no_http_is_unreachable(raw_server):
    with pytest.raises(Unreachable, match="no_answer"):
        ask(raw_server(b"220 mail.example ESMTP\r\n"))


def test_a_redirect_is_refused(raw_server):
    with pytest.raises(Refused, match="redirect"):
        ask(raw_server(http_answer(b"", status="302 Found", location="http://169.254.169.254/")))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"code": "no_such_dataset"}, "http_422:no_such_dataset"),
        ({"code": "ann@example.org is unknown"}, "http_422"),
        ({"code": ["on_hold"]}, "http_422"),
        ([], "http_422"),
    ],
)
def test_a_problem_gives_its_code_only_if_it_is_one_we_know(raw_server, said, code):
    with pytest.raises(Refused) as refusal:
        ask(raw_server(http_answer(body(said), status="422 No", kind=PROBLEM)))
    assert refusal.value.code == code


def test_half_a_problem_still_is_that_status(raw_server):
    whole = http_answer(body({"code": "on_hold"}), status="403 No", kind=PROBLEM)

    with pytest.raises(Refused, match="http_403"):
        ask(raw_server(whole[:-5]))


def test_a_late_answer_needs_somewhere_to_go(raw_server):
    server = raw_server(http_answer(b"{}", status="202 Accepted"))

    with pytest.raises(Refused, match="accepted_without_callback"):
        connector(server).erase(order("erase", callback_url="https://portal.example/inbox"))
    with pytest.raises(Refused, match="accepted_without_callback"):
        connector(server, **{"async": True}).erase(order("erase"))


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted"])
def test_a_late_answer_is_announced(raw_server, status):
    server = raw_server(http_answer(b"{}", status=status))

    outcome = connector(server, **{"async": True}).erase(
        order("erase", callback_url="https://portal.example/inbox")
    )

    assert outcome.state == State.ACCEPTED


def test_a_processor_of_plain_opendsr_leaves_the_rows_unknown(raw_server):
    outcome = ask(raw_server(http_answer(body({"request_status": "completed"}))))

    assert outcome.state == State.DONE
    assert outcome.rows_left is None


def test_words_of_a_system_are_cut_before_they_are_kept(raw_server):
    ground = {"field": "f" * 999, "rows": 1, "reason": "r" * 9999}
    said = {**DONE, "outcome": {"datasets": [{"dataset": "d" * 999, "grounds": [ground]}], "rows_left": 0}}

    (dataset,) = ask(raw_server(http_answer(body(said)))).datasets

    assert len(dataset.dataset) == 80
    assert len(dataset.grounds[0].reason) == 300


def test_the_evidence_is_the_hash_of_the_raw_answer(raw_server):
    import hashlib

    raw = body(DONE)

    assert ask(raw_server(http_answer(raw))).evidence == hashlib.sha256(raw).hexdigest()


# -- what is sent -----------------------------------------------------------------------------------------------------
def sent(server) -> tuple[dict[str, str], dict]:
    head, _, raw = server.requests[-1].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return headers, json.loads(raw)


def test_a_retry_has_the_same_key_and_body_and_a_new_time(raw_server, monkeypatch):
    server = raw_server(http_answer(body(DONE)))
    once = order("erase")
    moments = iter([NOON, NOON + timedelta(minutes=9)])
    monkeypatch.setattr(clock, "utc_now", lambda: next(moments))

    connector(server).erase(once)
    first_headers, first_body = sent(server)
    connector(server).erase(once)
    second_headers, second_body = sent(server)

    assert first_body == second_body
    assert first_headers["webhook-id"] == second_headers["webhook-id"] == once.key
    assert first_headers["idempotency-key"] == second_headers["idempotency-key"] == f'"{once.key}"'
    assert int(second_headers["webhook-timestamp"]) - int(first_headers["webhook-timestamp"]) == 540
    assert first_headers["webhook-signature"] != second_headers["webhook-signature"]


def test_an_erasure_has_the_shape_of_opendsr(raw_server):
    server = raw_server(http_answer(body(DONE)))

    connector(server, **{"async": True}).erase(order("erase", callback_url="https://portal.example/inbox"))

    _headers, said = sent(server)
    assert said["subject_request_type"] == "erasure"
    assert said["api_version"] == "2.0"
    assert said["submitted_time"] == "2026-11-21T12:00:00Z"
    assert said["status_callback_urls"] == ["https://portal.example/inbox"]
    assert said["subject_identities"][1] == {
        "identity_type": "controller_customer_id",
        "identity_value": "1",
        "identity_format": "raw",
    }


@pytest.mark.parametrize(
    ("verb", "instructions", "asked"),
    [
        ("export", {"right": "access"}, "access"),
        ("export", {"right": "portability"}, "portability"),
        ("locate", {}, "x-locate"),
        ("expire", {"dataset": "people"}, "x-expiry"),
    ],
)
def test_other_verbs_are_written_in_the_same_style(raw_server, verb, instructions, asked):
    server = raw_server(http_answer(b"[]" if verb == "export" else body(DONE)))

    ask(server, verb, instructions=instructions)

    assert sent(server)[1]["subject_request_type"] == asked


def test_people_on_hold_are_not_named_as_the_ones_asked_about(raw_server):
    server = raw_server(http_answer(body(DONE)))

    ask(server, "expire", instructions={"dataset": "people"})

    _headers, said = sent(server)
    assert said["subject_identities"] == []
    assert len(said["extensions"]["privacy-portal"]["held_identities"]) == 2


def test_nothing_personal_stands_in_the_url_or_the_headers(raw_server):
    server = raw_server(http_answer(body(DONE)))

    ask(server)

    head = server.requests[-1].partition(b"\r\n\r\n")[0]
    assert b"ann" not in head.lower()


# -- exports ----------------------------------------------------------------------------------------------------------
ANN_LINE = b'{"dataset": "people", "values": {"name": "Ann"}}\n'
BOB_LINE = b'{"dataset": "people", "values": {"name": "B\xc3\xb6b"}}\n'
NDJSON = "application/x-ndjson"


def export(server) -> list:
    return [(record.dataset, record.values) for record in ask(server, "export").records]


def chunked(*pieces: bytes, kind: str) -> list[bytes]:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    return [head, *(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces), b"0\r\n\r\n"]


def test_an_export_may_be_lines_of_json(raw_server):
    raw = ANN_LINE + BOB_LINE + b'{"end": true, "rows": 2}\n'

    assert export(raw_server(http_answer(raw, kind=NDJSON))) == [
        ("people", {"name": "Ann"}),
        ("people", {"name": "Böb"}),
    ]


def test_an_export_may_be_one_array(raw_server):
    raw = b" [\n" + ANN_LINE + b" , " + BOB_LINE + b"] "

    assert len(export(raw_server(http_answer(raw)))) == 2
    assert export(raw_server(http_answer(b"[]"))) == []


@pytest.mark.parametrize("size", [1, 7, 50])
def test_records_may_be_cut_anywhere_on_their_way(raw_server, size):
    lines = ANN_LINE + BOB_LINE + b'{"end": true, "rows": 2}\n'
    array = b"[" + ANN_LINE + b"," + BOB_LINE + b"]"
    for raw, kind in ((lines, NDJSON), (array, "application/json")):
        pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
        assert len(export(raw_server(chunked(*pieces, kind=kind)))) == 2


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (ANN_LINE, NDJSON),
        (ANN_LINE + b'{"end": true, "rows": 2}\n', NDJSON),
        (ANN_LINE + b'{"end": true, "rows": 1}', NDJSON),
        (b"[" + ANN_LINE, "application/json"),
        (b"[" + ANN_LINE + b",", "application/json"),
        (b"", "application/json"),
    ],
)
def test_an_export_that_stops_too_early_is_unreachable_and_never_short(raw_server, raw, kind):
    with pytest.raises(Unreachable, match="half_body"):
        export(raw_server(http_answer(raw, kind=kind)))


def test_an_export_cut_off_by_the_network_is_unreachable(raw_server):
    whole = http_answer(ANN_LINE + b'{"end": true, "rows": 1}\n', kind=NDJSON)

    with pytest.raises(Unreachable, match="half_body"):
        export(raw_server(whole[:-8]))


@pytest.mark.parametrize(
    ("raw", "kind", "code"),
    [
        (b'{"rows": []}', "application/json", "bad_answer"),
        (b'[{"values": {}}]', "application/json", "bad_answer"),
        (b"[] []", "application/json", "bad_answer"),
        (b"not json\n", NDJSON, "bad_json"),
        (b'{"end": true, "rows": 0}\n' + ANN_LINE, NDJSON, "bad_answer"),
        (b"\xff\xff\n", NDJSON, "bad_json"),
        (b"name,mail", "text/csv", "bad_answer"),
        (b'{"dataset": "' + b"x" * 1_100_000, NDJSON, "record_too_large"),
    ],
)
def test_an_export_of_another_shape_is_refused(raw_server, raw, kind, code):
    with pytest.raises(Refused, match=code):
        export(raw_server(http_answer(raw, kind=kind)))


def test_an_export_larger_than_agreed_is_refused(raw_server):
    server = raw_server(chunked(*[ANN_LINE * 100] * 50, kind=NDJSON))

    with pytest.raises(Refused, match="answer_too_large"):
        list(connector(server, most_export_bytes=50_000).export(order("export")).records)


def test_a_stream_nobody_reads_gives_its_connection_back(raw_server):
    outcome = ask(raw_server(http_answer(b"[]")), "export")

    response = outcome.records._response
    del outcome

    assert response.is_closed


# -- options ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "secret", "code"),
    [
        ({}, SECRET, "no_base_url"),
        ({"url": "https://[::1"}, SECRET, "bad_url"),
        ({"url": "https://vendor.example"}, "", "no_signing_secret"),
        ({"url": "https://vendor.example"}, "whsec_", "bad_signing_secret"),
    ],
)
def test_options_that_cannot_work_are_refused_at_once(options, secret, code):
    with pytest.raises(Refused, match=code):
        HttpConnector(options, secret=secret)


def test_an_address_that_is_not_on_the_list_is_never_asked(raw_server):
    server = raw_server(http_answer(body(DONE)))

    with pytest.raises(Refused, match="not_https"):
        HttpConnector(server.options, secret=SECRET).erase(order("erase"))
    assert server.requests == []


def test_the_deadline_travels_with_the_order(raw_server):
    server = raw_server(http_answer(body(DONE)))

    ask(server, deadline=datetime(2026, 12, 21, 9, 30, tzinfo=UTC))

    assert sent(server)[1]["extensions"]["privacy-portal"]["deadline"] == "2026-12-21T09:30:00Z"
