"""The package holds every row readable and by machine, runs nothing in a spreadsheet, and takes files from people."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.actions import package
from privacy_portal.fanout import people
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import Actor

pytestmark = pytest.mark.django_db


@given(st.text(max_size=50))
def test_no_cell_starts_a_formula(text):
    cells = next(
        iter(list(csv.reader(io.StringIO(package._as_csv([{"value": text}])), strict=True))[1:]), [""]
    )

    assert not cells or not cells[0].startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text(max_size=60))
def test_a_file_name_from_a_person_leaves_the_folder_nowhere(name):
    plain = package._plain_name(name)

    assert plain
    assert "/" not in plain and "\\" not in plain and not plain.startswith(".")


def test_a_letter_from_the_archive_lies_in_the_package_as_a_file(planned, acme, noon, drain, staff):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from dsr.actions import answer
    from governance.models import System
    from privacy_portal.fanout import parcels

    connection = Connection.objects.create(controller=acme, code="archive", kind="manual")
    System.objects.create(
        controller=acme, connection=connection, code="archive", name="Archive", kind="manual", country="IE",
        registered_at=noon,
    )  # fmt: skip
    request = planned("access")
    task = SystemTask.objects.get(connection=connection)
    assert task.status == Status.WAITING_ON_PERSON
    assert request.status == "fulfilling", "never completed while a system has not answered"

    people.complete_by_hand(
        task_id=task.pk,
        reason="Found one letter",
        evidence=SimpleUploadedFile("../letter 1.txt", b"Dear Ann"),
        by=Actor.staff(staff("case_worker").pk),
        now=noon,
    )
    drain(now=noon)

    request.refresh_from_db()
    assert request.status == "completed"
    parcel = answer.download(request_id=request.pk, by=Actor.subject(request.subject_id), now=noon)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(parcels.open_stream(parcel))))
    names = [name for name in archive.namelist() if name.startswith("archive/")]
    assert any(archive.read(name) == b"Dear Ann" for name in names)
    assert "content_base64" not in archive.read("data.json").decode()
    assert json.loads(archive.read("data.json"))["reference"] == request.reference
    assert base64.b64encode(b"Dear Ann").decode() not in archive.read("index.html").decode()
