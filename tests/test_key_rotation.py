"""`manage.py rotate_keys`: afterwards an old master key can be destroyed, and nothing is lost with it."""

from __future__ import annotations

import base64
import io
import os
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import models

from privacy_portal import rotation, subjects
from privacy_portal.connectors.base import Outcome, State
from privacy_portal.fanout import evidence, parcels, people
from privacy_portal.fanout.models import Connection, Parcel
from privacy_portal.inbox.models import Receipt, ReceiptKind
from privacy_portal.vocabulary import Actor
from tests.fanout.conftest import _wired, heard, house, staff  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db

NOT_UNDER_A_MASTER_KEY = {
    "portal_identifier.value": "sealed under the subject's own key",
    "portal_identifier.index": "a keyed hash",
    "portal_checkpoint.root": "a hash",
    "portal_leaf.leaf_hash": "a hash",
    "portal_treenode.hash": "a hash",
}


def fresh() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def run() -> str:
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


@pytest.fixture
def held(controller, noon):
    """A person, a system's secret and a message, all under the first key."""
    acme = controller()
    person = subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)
    connection = Connection(controller=acme, code="crm", kind="http")
    connection.seal_secret("hush")
    connection.save()
    receipt = Receipt(connection=connection, message_id="m", kind=ReceiptKind.CHANGE, received_at=noon)
    receipt.seal_body(b"Ann moved")
    receipt.save()
    return person, connection, receipt


def test_after_a_rotation_the_old_key_can_be_destroyed(held, settings):
    person, connection, receipt = held
    new = fresh()
    settings.PORTAL_MASTER_KEYS = f"{settings.PORTAL_MASTER_KEYS},{new}"

    said = run()

    settings.PORTAL_MASTER_KEYS = f"{fresh()},{new}"
    for row in (connection, receipt):
        row.refresh_from_db()
    assert [one.value for one in subjects.reveal(subject_id=person.pk)] == ["ann@example.org"]
    assert (connection.open_secret(), receipt.open_body()) == ("hush", b"Ann moved")
    assert "portal_subject.key: 1 put under the newest key" in said


def test_files_can_be_read_after_the_old_key_is_destroyed(house, drain, noon, settings):  # noqa: F811
    task = house.ask(house.system("archive", lambda order: Outcome(state=State.NEEDS_PERSON)))
    drain(now=noon)
    letter = SimpleUploadedFile("letter.txt", b"Dear Ann")
    people.complete_by_hand(task_id=task.pk, reason="Done.", evidence=letter, by=Actor.staff(1), now=noon)
    parcel = parcels.row_of(
        parcels.pack([b"all about Ann"], on=noon.date()),
        now=noon,
        controller_id=task.controller_id,
        cause_kind=task.cause_kind,
        cause_id=task.cause_id,
        name="ann.zip",
        expires_at=noon + timedelta(days=1),
        subject_id=task.subject_id,
        rows=1,
    )
    parcel.save(force_insert=True)
    new = fresh()
    settings.PORTAL_MASTER_KEYS = f"{settings.PORTAL_MASTER_KEYS},{new}"

    run()

    settings.PORTAL_MASTER_KEYS = f"{fresh()},{new}"
    assert evidence.read(task.confirmations.get()) == b"Dear Ann"
    assert b"".join(parcels.open_stream(Parcel.objects.get(pk=parcel.pk))) == b"all about Ann"


def test_a_second_run_finds_nothing_to_do(held, settings):
    settings.PORTAL_MASTER_KEYS = f"{settings.PORTAL_MASTER_KEYS},{fresh()}"
    run()

    assert [line for line in run().splitlines() if ": " in line and ": 0 put" not in line] == []


def test_what_was_forgotten_or_dropped_is_not_in_the_way(held, settings, noon):
    person, _connection, _receipt = held
    subjects.forget(subject_id=person.pk, now=noon)
    Receipt.objects.all().empty()
    settings.PORTAL_MASTER_KEYS = f"{settings.PORTAL_MASTER_KEYS},{fresh()}"

    assert "portal_subject.key: 0" in run()


def test_a_row_that_no_key_opens_is_named_by_its_column(held, settings):
    settings.PORTAL_MASTER_KEYS = f"{fresh()},{fresh()}"

    with pytest.raises(CommandError, match=r"portal_subject\.key"):
        run()


def test_no_sealed_column_is_left_out():
    ours = {"portal", "consent", "dsr", "governance"}
    binary = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        if model._meta.app_label in ours
        for field in model._meta.local_fields
        if isinstance(field, models.BinaryField)
        and f"{model._meta.db_table}.{field.column}" not in NOT_UNDER_A_MASTER_KEY
    }

    assert binary == {f"{sealed.model._meta.db_table}.{sealed.column}" for sealed in rotation.SEALED}
