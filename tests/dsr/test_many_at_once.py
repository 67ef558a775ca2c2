"""Requests that come together are taken on together, and each ends as it would alone."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import sqlalchemy as sa
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dsr.actions import intake, plan
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from dsr.states import Status
from governance.models import System
from privacy_portal import subjects
from privacy_portal.fanout import parcels
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.states import Status as TaskStatus
from privacy_portal.vocabulary import Actor, CauseKind

pytestmark = pytest.mark.django_db

PEOPLE = 16
STATEMENTS_EACH = 32
"""Two stores and two letters a request: 247 statements when every handler had a transaction of its own."""


@pytest.fixture
def opened(acme, stores, noon):
    """Access requests of `PEOPLE` customers, not yet worked on."""
    url = System.objects.get(code="shop").connection.options["url"]
    with sa.create_engine(url).begin() as shop:
        for number in range(PEOPLE):
            shop.execute(sa.text(f"INSERT INTO accounts VALUES ('N{number}', 'n{number}@example.org', 'N')"))
    return [
        intake.open_request(
            controller_id=acme.pk,
            asked=intake.Asked(
                right="access",
                law="GDPR",
                identifiers={"email": f"n{number}@example.org"},
                channel=Channel.API,
                verified=True,
            ),
            by=Actor.service("shop"),
            now=noon,
        )
        for number in range(PEOPLE)
    ]


def test_requests_that_come_together_share_their_statements(opened, drain, noon):
    with CaptureQueriesContext(connection) as queries:
        drain(now=noon)

    assert {request.status for request in SubjectRequest.objects.all()} == {Status.COMPLETED}
    sent = [query for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(sent) / PEOPLE <= STATEMENTS_EACH, len(sent)


def test_each_of_many_gets_what_is_theirs(opened, drain, noon):
    drain(now=noon)

    for request in SubjectRequest.objects.select_related("answer__parcel"):
        packed = b"".join(parcels.open_stream(request.answer.parcel))
        data = json.loads(zipfile.ZipFile(io.BytesIO(packed)).read("data.json"))
        known = {
            item.value for item in subjects.reveal(subject_id=request.subject_id) if item.kind == "email"
        }
        assert {row["email"] for row in data["systems"]["shop"]["accounts"]} == known
        assert data["reference"] == request.reference


def test_no_plan_is_made_while_a_system_is_asked_once_more(planned, noon):
    """Two workers may hear of the last count; the one who comes second finds that more is being asked."""
    request = planned("access")
    task = SystemTask.objects.filter(cause_kind=CauseKind.LOCATION, cause_id=request.pk).first()
    SystemTask.objects.filter(pk=task.pk).update(status=TaskStatus.WAITING)
    SubjectRequest.objects.filter(pk=request.pk).update(status=Status.LOCATING, closed_at=None)

    plan.note_location(request_ids=[request.pk], now=noon)

    request.refresh_from_db()
    assert request.status == Status.LOCATING and request.plans.count() == 1
