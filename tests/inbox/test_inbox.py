"""Messages of outside systems: in by the door, acted on later, nothing lost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from privacy_portal.connectors.base import Outcome, State, Unreachable
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.inbox.handle import KEPT_AFTER_HANDLING, drop_old_messages, handle_message
from privacy_portal.inbox.models import MessageGone, Receipt
from privacy_portal.ledger import record
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Verb
from tests.fanout.conftest import _wired, heard, house, staff  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def _listening(_wired):  # noqa: F811
    record.subscribe({"message_received": ("privacy_portal.inbox.handle.handle_message",)})


@pytest.fixture
def noon():
    """The door reads the real clock, and so do the signatures."""
    return timezone.now()


@pytest.fixture
def crm(house):  # noqa: F811
    """A system that takes orders and answers later."""
    return with_secret(house.system("crm", lambda order: Outcome(state=State.ACCEPTED)))


def with_secret(connection, secret=SECRET):
    connection.seal_secret(secret)
    connection.save()
    return connection


@pytest.fixture
def send(client):
    """`send(connection, message)`: signed, as the system would."""

    def post(connection, message, *, message_id="", secret=SECRET, at=None, path=""):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        message_id = message_id or f"msg_{uuid4()}"
        at = at or timezone.now()
        signature = Webhook(secret).sign(message_id, at, body.decode("utf-8", "replace"))
        return client.post(
            path or f"/api/v1/inbox/{connection.controller.code}/{connection.code}",
            body,
            content_type="application/json",
            headers={
                "webhook-id": message_id,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": signature,
            },
        )

    return post


def result(task: SystemTask, rows_left: int = 0, **more):
    outcome = {"datasets": [{"dataset": "accounts", "found": 1, "erased": 1 - rows_left, "left": rows_left}]}
    answer = {"request_status": "completed", "outcome": {**outcome, "rows_left": rows_left}}
    return {"type": "task.result", "data": {"subject_request_id": str(task.key), **answer, **more}}


def fresh(task: SystemTask) -> SystemTask:
    return SystemTask.objects.get(pk=task.pk)


# -- at the door ----------------------------------------------------------------------------------------------------
def test_a_genuine_message_is_stored_sealed_and_answered_202(house, crm, send, noon, events):  # noqa: F811
    answer = send(crm, {"type": "data.deleted", "data": {"note": "Ann Example"}})

    receipt = Receipt.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"receipt": str(receipt.pk)})
    assert b"Ann" not in bytes(receipt.body)
    assert b"Ann" in receipt.open_body()
    assert events() == ["message_received"]
    assert "Ann" not in str(Event.objects.get().payload)


def test_a_repetition_gets_the_first_receipt_again(crm, send, events):
    first = send(crm, {"type": "data.deleted", "data": {}}, message_id="msg_7")
    again = send(crm, {"type": "data.deleted", "data": {}}, message_id="msg_7")

    assert (again.status_code, again.json()) == (202, first.json())
    assert events() == ["message_received"]


def test_another_message_under_a_used_id_is_refused(crm, send):
    send(crm, {"type": "data.deleted", "data": {}}, message_id="msg_7")
    answer = send(crm, {"type": "data.deleted", "data": {"rows": 1}}, message_id="msg_7")

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/another-message"


def test_two_systems_may_use_the_same_message_id(house, crm, send):  # noqa: F811
    shop = with_secret(house.system("shop"))

    answers = [
        send(system, {"type": "data.deleted", "data": {}}, message_id="msg_7") for system in (crm, shop)
    ]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        pytest.param({"secret": "whsec_" + "A" * 32}, 401, id="another secret"),
        pytest.param({"at": timezone.now() - timedelta(minutes=6)}, 401, id="replayed after six minutes"),
        pytest.param({"path": "/api/v1/inbox/acme/nobody"}, 401, id="an address nobody has"),
        pytest.param({"path": "/api/v1/inbox/nobody/crm"}, 401, id="a controller nobody has"),
    ],
)
def test_what_is_not_genuine_is_refused_and_not_stored(crm, send, wrong, status):
    answer = send(crm, {"type": "data.deleted", "data": {}}, **wrong)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"type": "data.deleted", "data"', id="half a body"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"type": "lunch", "data": {}}', id="an unknown type"),
        pytest.param(b'{"type": "task.result", "data": 7}', id="data that is no object"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
def test_a_body_that_is_no_message_is_named(crm, send, body):
    answer = send(crm, body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] in ("#/body", "#/type", "#/data")
    assert not Receipt.objects.exists()


def test_an_oversized_body_is_refused_before_it_is_read(crm, send, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = send(crm, {"type": "data.deleted", "data": {"note": "x" * 200}})

    assert answer.status_code == 413


def test_only_post_is_answered(crm, client):
    assert client.get("/api/v1/inbox/acme/crm").status_code == 405


# -- results of tasks -----------------------------------------------------------------------------------------------
def test_a_callback_completes_the_task(house, crm, send, drain, noon, events):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    taken = fresh(task)
    send(crm, result(task))
    drain(now=timezone.now())

    assert taken.status == Status.ACCEPTED
    assert fresh(task).status == Status.COMPLETED
    assert events(correlation_id=task.correlation_id) == ["task_completed", "data_deleted"]
    assert Receipt.objects.get().handled_at is not None
    assert Receipt.objects.get().problem == ""


def test_a_bare_answer_is_a_result_too(house, crm, send, drain, noon):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    send(crm, result(task)["data"])
    drain(now=timezone.now())

    assert fresh(task).status == Status.COMPLETED


def test_a_callback_that_comes_before_the_202_was_noted_counts(house, send, drain, noon):  # noqa: F811
    def answers_faster_than_we_write(order):
        send(crm, result(SystemTask.objects.get(key=order.key)))
        handle_message(Event.objects.get(type="message_received"), now=timezone.now())
        return Outcome(state=State.ACCEPTED)

    crm = with_secret(house.system("crm", answers_faster_than_we_write))
    task = house.ask(crm)
    drain(now=noon)

    assert fresh(task).status == Status.COMPLETED


def test_a_callback_after_we_stopped_waiting_still_counts(house, crm, send, drain, noon):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    drain(now=noon + timedelta(days=30))
    failed = fresh(task)
    send(crm, result(task))
    drain(now=timezone.now())

    assert (failed.status, failed.error_code) == (Status.FAILED, "no_answer")
    assert fresh(task).status == Status.COMPLETED


def test_a_callback_with_rows_left_does_not_complete(house, crm, send, drain, noon):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    send(crm, result(task, rows_left=1))
    drain(now=timezone.now())

    assert fresh(task).status in (Status.WAITING, Status.ACCEPTED)
    assert fresh(task).error_code in ("rows_left", "")
    assert fresh(task).status != Status.COMPLETED


def test_an_export_never_comes_by_callback(house, crm, send, drain, noon):  # noqa: F811
    task = house.ask(crm, Verb.EXPORT)
    drain(now=noon)
    send(crm, result(task, records=[{"dataset": "orders", "values": {"id": 1}}]))
    drain(now=timezone.now())

    assert fresh(task).status == Status.ACCEPTED
    assert Receipt.objects.get().problem == "malformed"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"request_status": "cancelled"}, "system_gave_up"),
        ({"request_status": "failed", "code": "on_hold"}, "on_hold"),
        ({"request_status": "failed", "code": "Ann Example is unknown"}, "system_gave_up"),
    ],
)
def test_a_system_that_gives_up_says_so(house, crm, send, drain, noon, said, code):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    send(crm, {"type": "task.result", "data": {"subject_request_id": str(task.key), **said}})
    drain(now=timezone.now())

    assert (fresh(task).status, fresh(task).error_code) == (Status.FAILED, code)


def test_a_system_still_at_it_changes_nothing(house, crm, send, drain, noon):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    send(
        crm,
        {"type": "task.result", "data": {"subject_request_id": str(task.key), "request_status": "pending"}},
    )
    drain(now=timezone.now())

    assert fresh(task).status == Status.ACCEPTED
    assert Receipt.objects.get().problem == ""


def test_a_replay_under_a_new_id_is_recorded_and_changes_nothing(house, crm, send, drain, noon, events):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    for _ in range(2):
        send(crm, result(task))
        drain(now=timezone.now())

    assert [receipt.problem for receipt in Receipt.objects.order_by("received_at")] == [
        "",
        "task_already_finished",
    ]
    assert events(correlation_id=task.correlation_id) == ["task_completed", "data_deleted"]


@pytest.mark.parametrize(
    "key", [str(uuid4()), "nonsense", None, 7], ids=["unknown", "no uuid", "none", "number"]
)
def test_a_result_for_no_task_of_ours_is_recorded(crm, send, drain, key):
    send(crm, {"type": "task.result", "data": {"subject_request_id": key, "request_status": "completed"}})
    drain(now=timezone.now())

    assert Receipt.objects.get().problem == "unknown_task"


def test_a_system_cannot_answer_for_another(house, crm, send, drain, noon):  # noqa: F811
    shop = with_secret(house.system("shop"))
    task = house.ask(crm)
    drain(now=noon)
    send(shop, result(task))
    drain(now=timezone.now())

    assert fresh(task).status == Status.ACCEPTED
    assert Receipt.objects.get().problem == "another_systems_task"


def test_a_result_of_a_task_that_was_never_asked_is_recorded(house, crm, send, drain):  # noqa: F811
    crm.paused_at = timezone.now()
    crm.save()
    task = house.ask(crm)
    send(crm, result(task))
    drain(now=timezone.now())

    assert fresh(task).status == Status.WAITING
    assert Receipt.objects.get().problem == "task_never_asked"


@pytest.mark.parametrize(
    "answer",
    [
        {"request_status": "completed", "outcome": {"datasets": 7}},
        {"request_status": "completed", "outcome": {"state": "accepted"}},
        {"request_status": "lunch"},
        {},
    ],
)
def test_a_malformed_result_is_recorded_and_the_task_goes_on_waiting(house, crm, send, drain, noon, answer):  # noqa: F811
    task = house.ask(crm)
    drain(now=noon)
    send(crm, {"type": "task.result", "data": {"subject_request_id": str(task.key), **answer}})
    drain(now=timezone.now())

    assert fresh(task).status == Status.ACCEPTED
    assert Receipt.objects.get().problem == "malformed"


def test_a_late_answer_to_a_retried_call_is_refused_once_the_callback_settled_it(house, send, drain, noon):  # noqa: F811
    crm = with_secret(house.system("crm", lambda order: (_ for _ in ()).throw(Unreachable("timeout"))))
    task = house.ask(crm)
    drain(now=noon)
    send(crm, result(task))
    drain(now=timezone.now())

    assert fresh(task).status == Status.COMPLETED


# -- changes and breaches -------------------------------------------------------------------------------------------
def test_a_change_is_put_on_record_as_a_second_witness(house, crm, send, drain, events):  # noqa: F811
    send(
        crm,
        {
            "type": "data.deleted",
            "data": {"dataset": "accounts", "rows": 2, "identifiers": {"email": "Ann@example.org"}},
        },
    )
    drain(now=timezone.now())

    event = Event.objects.get(type="data_deleted")
    assert event.subject_id == house.subject.pk
    assert event.actor == "system:crm"
    assert (event.payload["system"], event.payload["dataset"], event.payload["rows"]) == (
        "crm",
        "accounts",
        2,
    )
    assert event.causation_id == Event.objects.get(type="message_received").event_id


@pytest.mark.parametrize("kind", ["data.modified", "data.exported", "data.accessed"])
def test_each_kind_of_change_has_its_event(crm, send, drain, events, kind):
    send(crm, {"type": kind, "data": {"dataset": "accounts"}})
    drain(now=timezone.now())

    assert events() == ["message_received", kind.replace(".", "_")]


def test_a_change_with_personal_data_where_a_code_belongs_is_not_repeated(crm, send, drain, events):
    send(crm, {"type": "data.deleted", "data": {"dataset": "ann@example.org's rows"}})
    drain(now=timezone.now())

    assert events() == ["message_received"]
    assert Receipt.objects.get().problem == "malformed"


def hear(event: Event, *, now: datetime) -> None:
    Receipt.objects.filter(pk=event.payload["receipt_id"]).update(problem="heard")


def test_a_breach_is_heard_by_who_listens_to_breaches_alone(crm, send, drain):
    record.subscribe({"message_received:breach": (f"{__name__}.hear",)})

    send(crm, {"type": "data.deleted", "data": {}})
    send(crm, {"type": "breach.detected", "data": {"summary": "a stolen laptop"}})
    drain(now=timezone.now())

    assert list(Receipt.objects.filter(problem="heard").values_list("kind", flat=True)) == ["breach"]


# -- what they said goes --------------------------------------------------------------------------------------------
def test_what_a_message_said_goes_two_weeks_after_it_was_acted_on_and_its_hash_stays(crm, send, drain, noon):
    send(crm, {"type": "data.deleted", "data": {"note": "Ann Example"}}, message_id="msg_7")
    drain(now=timezone.now())

    assert drop_old_messages(now=noon + KEPT_AFTER_HANDLING - timedelta(hours=1)) == 0
    assert drop_old_messages(now=noon + KEPT_AFTER_HANDLING + timedelta(hours=1)) == 1

    receipt = Receipt.objects.get()
    assert len(receipt.body_sha256) == 64
    with pytest.raises(MessageGone):
        receipt.open_body()


def test_a_message_not_acted_on_yet_is_kept_however_old(crm, send, noon):
    send(crm, {"type": "data.deleted", "data": {}})

    assert drop_old_messages(now=noon + timedelta(days=365)) == 0


def test_a_repetition_is_known_after_what_it_said_was_dropped(crm, send, drain, noon):
    message = {"type": "data.deleted", "data": {}}
    first = send(crm, message, message_id="msg_7")
    drain(now=timezone.now())
    drop_old_messages(now=noon + timedelta(days=365))

    assert send(crm, message, message_id="msg_7").json() == first.json()
    assert send(crm, {"type": "data.deleted", "data": {"rows": 1}}, message_id="msg_7").status_code == 409


def test_a_callback_names_the_person_of_its_task(house, crm, send, noon, drain):  # noqa: F811
    task = house.ask(crm)
    drain(now=timezone.now())
    send(crm, result(task))
    drain(now=timezone.now())

    assert Receipt.objects.get().subject_id == house.subject.pk
