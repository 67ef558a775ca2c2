"""The second walk: a person asks to be erased, and is, in every system, except for what the law keeps."""

from __future__ import annotations

import re

from django.urls import reverse

from dsr.models import SubjectRequest
from privacy_portal import subjects
from privacy_portal.fanout.models import SystemTask
from privacy_portal.ledger.models import Event
from tests.walks.conftest import link_in, newest_mail

OF_ACCOUNT = ("accounts", "id"), ("addresses", "account_id"), ("phones", "account_id")


def ask(town, client, right: str) -> SubjectRequest:
    """door: the public form, then the code from the mail."""
    form = {"right": right, "email": town.ann.email, "law": "GDPR"}
    opened = client.post(reverse("dsr:request_form", args=[town.controller.code]), form)
    assert opened.status_code == 302
    town.work()
    code = re.search(r"(?<!\d)\d{6}(?!\d)", newest_mail(town.ann.email, "code").body)[0]
    confirmed = client.post(opened["Location"], {"code": code})
    assert confirmed.status_code == 302
    town.work()
    return SubjectRequest.objects.get(right=right)


def decide(town, client, request: SubjectRequest) -> None:
    """door: accepted by one colleague, approved by another."""
    plan = {"plan_hash": request.plans.get().hash}
    for name, step in (("caseworker", "accept"), ("dpo", "approve")):
        client.force_login(town.staff(name))
        assert client.post(reverse(f"dsr:{step}", args=[request.pk]), plan).status_code == 302
    town.work()


def answer_for_the_archive(town, client, request: SubjectRequest) -> None:
    task = SystemTask.objects.of_cause("request", request.pk).get(connection__code="letters_archive")
    assert task.status == "waiting_on_person"
    client.force_login(town.staff("owner"))
    done = client.post(
        reverse("portal:task_complete", args=[task.pk]),
        {"reason": "Taken out and shredded.", "found": 2, "erased": 2, "kept": 0, "rows_left": 0},
    )
    assert done.status_code == 302
    town.work()
    request.refresh_from_db()


def held(town) -> dict[str, int]:
    ann, witness = town.ann.customer_id, town.witness
    counts = {
        table: witness.count("user_service", table, f"{column} = :id", id=ann) for table, column in OF_ACCOUNT
    }
    for table in ("orders", "invoices"):
        counts[table] = witness.count("payment_service", table, "customer_id = :id", id=ann)
    for service in ("analytics_service", "marketing_service"):
        counts[service] = len(witness.person_at(service, customer_id=ann)["rows"])
    return counts


def facts(request: SubjectRequest, event_type: str) -> dict[str, dict]:
    """By system, what the ledger says this request did there."""
    told = Event.objects.filter(type=event_type, correlation_id=request.pk, subject_id=request.subject_id)
    return {event.payload["system"]: event.payload for event in told}


def test_an_erasure_goes_from_the_form_to_every_system_and_back_to_the_person(town, client):
    before = held(town)
    assert all(before.values())

    # door, action, event: the identity is confirmed, a dry run has counted, nothing is gone
    request = ask(town, client, "erasure")
    assert request.status == "planned"
    assert [event for event in town.events(correlation_id=request.pk) if not event.startswith("task")] == [
        "request_opened",
        "identity_confirmed",
        "request_located",
    ]
    assert held(town) == before

    # event and handler: approved by a second person, every system is asked in its order
    decide(town, client, request)
    story = [
        event for event in town.events(correlation_id=request.pk) if not event.startswith(("task", "data_"))
    ]
    assert story[3:] == ["request_accepted", "request_approved", "request_delayed"], (
        "delayed: a person must answer"
    )
    finished = {
        task.connection.code: task.finished_at
        for task in SystemTask.objects.of_cause("request", request.pk).select_related("connection")
    }
    assert finished["marketing_service"] <= finished["payment_service"] <= finished["user_service"]

    # task: the archive has no interface, a person answers for it
    assert SubjectRequest.objects.get(pk=request.pk).status == "fulfilling", (
        "not closed while a system has not answered"
    )
    answer_for_the_archive(town, client, request)

    # outside: gone, except what a statute keeps
    after = held(town)
    kept = after.pop("invoices")
    assert set(after.values()) == {0}
    assert 0 < kept < before["invoices"]

    # the ledger says of every system what went and what was changed, by number
    deleted = facts(request, "data_deleted")
    assert deleted["user_service"]["rows"] >= sum(before[table] for table, _column in OF_ACCOUNT)
    assert deleted["letters_archive"]["rows"] == 2, "as its keeper counted"
    assert {fact["rows_left"] for fact in deleted.values()} == {0}
    assert all(fact["rows"] > 0 for fact in facts(request, "data_modified").values())

    # back: an honest end, the person is told what stays and why, and we have forgotten them
    assert request.status == "completed_with_exceptions"
    page = client.get(
        link_in(newest_mail(town.ann.email, "/privacy/request/"), "/privacy/request/")
    ).content.decode()
    assert "Taxes Consolidation Act 1997" in page
    assert "GDPR Art. 17(3)(b)" in page
    assert subjects.reveal(subject_id=request.subject_id) == []


def test_the_same_person_cannot_accept_and_approve(town, client):
    request = ask(town, client, "erasure")
    plan = {"plan_hash": request.plans.get().hash}

    client.force_login(town.staff("dpo"))
    client.post(reverse("dsr:accept", args=[request.pk]), plan)
    client.post(reverse("dsr:approve", args=[request.pk]), plan)
    town.work()

    request.refresh_from_db()
    assert request.status == "accepted"
    assert all(held(town).values())


def test_an_access_request_brings_everything_the_systems_hold(town, client):
    request = ask(town, client, "access")
    answer_for_the_archive(town, client, request)
    assert request.status == "completed"

    link = link_in(newest_mail(town.ann.email, "/privacy/request/"), "/privacy/request/")
    package = b"".join(client.post(f"{link}/download").streaming_content)

    assert package.startswith(b"PK")
    assert "answer_downloaded" in town.events(correlation_id=request.pk)


def test_what_a_lying_system_claims_is_seen_by_asking_it(lying_marketing, client):
    """Our own tables call it completed, as they must; it is the witness who sees that it is not so."""
    town = lying_marketing

    request = ask(town, client, "erasure")
    decide(town, client, request)

    assert ("marketing_service", "completed") in town.told("request", "erase")
    assert held(town)["marketing_service"] > 0
