"""What a person keeps by hand is an exception the case ends with, and the letter says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.models import System
from privacy_portal.fanout.models import Connection, SystemTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def noon():
    """Doors read the real clock."""
    return timezone.now()


@pytest.fixture
def archive(acme, noon):
    """A system without an interface; of this person the others have nothing, so its keeper says how the case ends."""
    connection = Connection.objects.create(controller=acme, code="archive", kind="manual")
    System.objects.create(
        controller=acme, connection=connection, code="archive", name="Archive", kind="manual", country="IE",
        registered_at=noon,
    )  # fmt: skip
    return connection


@pytest.fixture
def ended(archive, acme, planned, staff, client, drain, noon):
    """An erasure, approved, whose archive was answered for on the page of its task."""

    def make(**said):
        request = planned("erasure", email="only-on-paper@example.org")
        plan_hash = request.plans.get().hash
        for step in ("accept", "approve"):
            client.force_login(staff("dpo"))
            client.post(reverse(f"dsr:{step}", args=[request.pk]), {"plan_hash": plan_hash})
        drain(now=noon + timedelta(minutes=1))
        task = SystemTask.objects.get(connection=archive)
        given = {"reason": "Went through the binders.", "rows_left": 0, **said}
        assert client.post(reverse("portal:task_complete", args=[task.pk]), given).status_code == 302
        drain(now=noon + timedelta(minutes=1))
        request.refresh_from_db()
        return request

    return make


def test_rows_kept_by_hand_end_the_case_with_exceptions_and_stand_in_the_letter(ended, client):
    request = ended(
        found=3,
        erased=1,
        kept=2,
        kept_reason="Contracts are kept ten years",
        kept_article="GDPR Art. 17(3)(b)",
        kept_until="2099-01-01",
    )

    assert request.status == "completed_with_exceptions"
    (told,) = [row for row in request.answer.letter["systems"] if row["system"] == "archive"]
    (dataset,) = told["datasets"]
    assert dataset["grounds"][0]["until"] == "2099-01-01"
    page = client.get(reverse("dsr:request_detail", args=[request.pk])).content.decode()
    assert "Contracts are kept ten years" in page


def test_rows_all_erased_by_hand_end_the_case_as_completed(ended):
    assert ended(found=3, erased=3, kept=0).status == "completed"
