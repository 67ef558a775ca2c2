from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_application_model
from standardwebhooks import Webhook

from governance.actions import breach_messages
from governance.models import Breach
from privacy_portal.api.access import forget_known_tokens
from privacy_portal.api.models import ServiceClient
from privacy_portal.inbox.models import Receipt, ReceiptKind
from privacy_portal.inbox.receive import receive

ALL = ["register:read", "breaches:write"]


@pytest.fixture
def service(db):
    """`service(controller, scopes)` is a client with a valid access token."""
    forget_known_tokens()

    def make(controller, scopes=ALL):
        code = f"siem-{controller.code}"
        application = get_application_model().objects.create(
            name=code, client_type="confidential", authorization_grant_type="client-credentials"
        )
        ServiceClient.objects.create(application=application, controller=controller, code=code, scopes=scopes)
        token = f"token-{code}-{'-'.join(scopes)}"
        get_access_token_model().objects.create(
            application=application,
            token=token,
            expires=timezone.now() + timedelta(hours=1),
            scope=" ".join(scopes),
        )
        return Client(headers={"authorization": f"Bearer {token}"})

    return make


# -- the register ---------------------------------------------------------------------------------------------------
def test_the_register_is_read_page_by_page(company, service):
    client = service(company)

    first = client.get("/api/v1/systems", {"page_size": 4}).json()
    second = client.get(first["next"]).json()

    codes = [system["code"] for system in first["results"] + second["results"]]
    assert len(codes) == len(set(codes)) == 7 and second["next"] is None
    assert "borealis" not in str(first) and "card_index" not in codes


def test_one_system_in_full(company, service):
    payment = service(company).get("/api/v1/systems/payment_service").json()

    assert payment["after"] == ["marketing_service"]
    invoices = next(dataset for dataset in payment["datasets"] if dataset["name"] == "invoices")
    assert invoices["retention"]["period"] == "P7Y"
    assert {field["name"]: field["erase"] for field in invoices["fields"]}["number"] == "keep"
    assert {activity["purpose"] for activity in payment["activities"]} == {"orders", "invoicing", "fraud"}
    assert "url" not in str(payment) and "sqlite" not in str(payment)


def test_systems_of_another_controller_are_not_there(company, borealis, service):
    client = service(borealis)

    assert client.get("/api/v1/systems/payment_service").status_code == 404
    assert [system["code"] for system in client.get("/api/v1/systems").json()["results"]] == ["card_index"]


@pytest.mark.parametrize("path", ["/api/v1/systems", "/api/v1/systems/payment_service"])
def test_reading_needs_a_token_with_the_scope(path, company, service):
    assert Client().get(path).status_code == 401
    answer = service(company, ["breaches:write"]).get(path)
    assert answer.status_code == 403
    assert answer["content-type"] == "application/problem+json" and "register:read" in answer.json()["detail"]


def test_the_list_takes_few_queries(company, service, django_assert_max_num_queries):
    client = service(company)
    client.get("/api/v1/systems")

    with django_assert_max_num_queries(6):
        client.get("/api/v1/systems")


# -- breaches over the API ------------------------------------------------------------------------------------------
def post(client, body, **headers):
    return client.post("/api/v1/breaches", json.dumps(body), content_type="application/json", headers=headers)


def test_a_service_reports_a_breach_and_gets_its_clocks(company, service, events):
    body = {
        "title": "Mass export",
        "description": "40,000 rows",
        "systems": ["user_service"],
        "categories": ["contact"],
    }

    answer = post(service(company), body)

    assert answer.status_code == 201
    breach = Breach.objects.get()
    assert (breach.channel, breach.sender, breach.controller) == ("api", "service:siem-aurora", company)
    (clock,) = answer.json()["clocks"]
    due = datetime.fromisoformat(clock["due_at"])
    assert due - breach.aware_at == timedelta(hours=72)
    assert events(correlation_id=breach.correlation_id) == ["breach_detected", "breach_reported"]


def test_a_repeated_report_is_answered_alike_and_entered_once(company, service):
    client = service(company)
    body = {"title": "Mass export", "description": "x"}

    first = post(client, body, idempotency_key='"abc"')
    again = post(client, body, idempotency_key='"abc"')

    assert first.json()["id"] == again.json()["id"] and Breach.objects.count() == 1


def test_the_same_reference_under_another_key_is_a_conflict(company, service):
    client = service(company)
    body = {"title": "Mass export", "description": "x", "reference": "INC-9"}
    assert post(client, body).status_code == 201

    answer = post(client, body)

    assert answer.status_code == 409 and answer.json()["type"].endswith("already-reported")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": ""}, "#/title"),
        ({"aware_at": "yesterday"}, "#/aware_at"),
        ({"aware_at": "2999-01-01T00:00:00Z"}, "#/aware_at"),
        ({"systems": ["card_index"]}, "#/systems"),
        ({"categories": ["gossip"]}, "#/categories/0"),
        ({"people_affected": -1}, "#/people_affected"),
        ({"laws": ["HIPAA"]}, "#/laws/0"),
    ],
)
def test_a_wrong_report_names_the_field(company, borealis, service, wrong, pointer):
    answer = post(service(company), {"title": "x", "description": "x", **wrong})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Breach.objects.exists()


def test_reporting_needs_the_scope(company, service):
    assert post(Client(), {}).status_code == 401
    assert post(service(company, ["register:read"]), {"title": "x", "description": "x"}).status_code == 403


# -- breaches by signed webhook -------------------------------------------------------------------------------------
@pytest.fixture
def send(company, system, noon):
    secret = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes...!").decode()
    connection = system("analytics_service").connection
    connection.seal_secret(secret)
    connection.save()

    def message(data, message_id="msg_1", now=noon):
        raw = json.dumps({"type": "breach.detected", "data": data})
        signature = Webhook(secret).sign(message_id, now, raw)
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        return receive(
            controller_code="aurora",
            connection_code="analytics_service",
            raw=raw.encode(),
            headers=headers,
            now=now,
        )

    return message


def test_a_signed_webhook_becomes_a_breach_once_and_the_officer_hears_of_it(send, noon, drain, stores):
    aware = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    data = {
        "title": "Odd export",
        "description": "x",
        "aware_at": aware.isoformat(),
        "systems": ["user_service"],
    }
    receipt = send(data)
    assert receipt.kind == ReceiptKind.BREACH
    assert send(data) == receipt

    drain(now=noon)

    breach = Breach.objects.get()
    assert (breach.channel, breach.sender, breach.aware_at) == ("webhook", "system:analytics_service", aware)
    assert breach.systems.get().code == "user_service"
    assert stores.orders("notify")[0].values["to"] == "dpo@aurora.example"


def test_a_repeated_reference_is_noted_on_the_receipt(send, noon):
    for number in (1, 2):
        receipt = send({"title": "Odd export", "reference": "A-1"}, message_id=f"msg_{number}")
        breach_messages.take(receipt_id=receipt.pk, now=noon)

    assert Breach.objects.count() == 1
    assert Receipt.objects.get(message_id="msg_2").problem == "already_reported"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"aware_at": "2026-11-21T09:00:00"}, "aware_at"),
        ({"aware_at": 7}, "aware_at"),
        ({"systems": "user_service"}, "systems"),
        ({"systems": ["unknown"]}, "systems"),
        ({"people_affected": "many"}, "people_affected"),
        ({"title": {"a": 1}}, "title"),
    ],
)
def test_a_message_that_cannot_be_read_in_full_is_reported_all_the_same(send, noon, data, field):
    receipt = send({"description": "Something", **data})

    breach_messages.take(receipt_id=receipt.pk, now=noon)

    assert Breach.objects.get().aware_at == noon
    receipt.refresh_from_db()
    assert receipt.problem == f"malformed:{field}"
