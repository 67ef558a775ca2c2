"""Whatever is changed behind the product's back, the walk names the first break."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from privacy_portal.ledger import keys, seal, verify
from privacy_portal.ledger.models import Checkpoint, Event
from privacy_portal.ledger.note import TreeHead
from privacy_portal.vocabulary import Actor
from tests.ledger.tampering import tamper

pytestmark = pytest.mark.django_db
SOME_ID = str(uuid4())


@pytest.fixture(params=[3, 1000], ids=["in chunks", "in one go"])
def chunk(request, monkeypatch):
    monkeypatch.setattr(verify, "_CHUNK", request.param)


def first_break() -> str:
    return str(verify.verify().first_break)


def as_uuid(text: str) -> str:
    return text if connection.vendor == "postgresql" else text.replace("-", "")


def test_an_empty_ledger_holds():
    report = verify.verify()

    assert (report.holds, report.size, report.checkpoints) == (True, 0, 0)


def test_a_whole_ledger_holds(sealed, chunk):
    sealed(4, 1, 6, 2)

    report = verify.verify()

    assert (report.holds, report.size, report.checkpoints, report.unsealed) == (True, 13, 4, 0)


def test_what_waits_to_be_sealed_is_counted_and_aged(sealed, write, noon):
    sealed(2)
    write(3)

    report = verify.verify()

    assert (report.holds, report.unsealed, report.oldest_unsealed_at) == (True, 3, noon)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("type", "consent_withdrawn", id="what happened"),
        pytest.param("actor", "staff:8", id="who"),
        pytest.param("event_id", SOME_ID, id="its id"),
        pytest.param("subject_id", SOME_ID, id="about whom"),
        pytest.param("correlation_id", SOME_ID, id="in which story"),
        pytest.param("causation_id", SOME_ID, id="why"),
        pytest.param("occurred_at", "2026-11-21 12:00:00.000001+00:00", id="when, by a microsecond"),
        pytest.param("payload", json.dumps({"purpose": "other"}), id="its payload"),
    ],
)
def test_a_change_of_any_column_of_an_event_is_found(sealed, chunk, column, value):
    events = sealed(5, 3)
    given = as_uuid(value) if column.endswith("_id") else value

    tamper(f"UPDATE portal_event SET {column} = %s WHERE id = %s", given, events[4].pk)

    assert first_break().startswith("position 4: event ")


def test_moving_an_event_to_another_controller_is_found(sealed, controller):
    events = sealed(5)
    other = controller()

    tamper("UPDATE portal_event SET controller_id = %s WHERE id = %s", as_uuid(str(other.pk)), events[2].pk)

    assert first_break().startswith("position 2: ")


def test_a_payload_that_no_event_can_hold_is_found(sealed):
    events = sealed(2)

    tamper("UPDATE portal_event SET payload = '{\"a\": 1.5}' WHERE id = %s", events[1].pk)

    assert first_break().startswith("position 1: ") and "no event can hold" in first_break()


def test_a_removed_entry_is_found(sealed, chunk):
    events = sealed(5, 3)

    tamper("DELETE FROM portal_leaf WHERE position = 4")
    tamper("DELETE FROM portal_delivery WHERE event_id = %s", events[4].pk)
    tamper("DELETE FROM portal_event WHERE id = %s", events[4].pk)

    assert first_break() == "position 4: the entry is missing"


def test_two_entries_that_changed_places_are_found(sealed):
    sealed(6)

    tamper("UPDATE portal_leaf SET position = 100 WHERE position = 2")
    tamper("UPDATE portal_leaf SET position = 2 WHERE position = 3")
    tamper("UPDATE portal_leaf SET position = 3 WHERE position = 100")

    assert first_break().startswith("position 3: node 1/1")


def test_a_rewritten_event_with_a_matching_leaf_hash_is_found(sealed, chunk):
    from privacy_portal.ledger import merkle

    events = sealed(5, 3)
    tamper("UPDATE portal_event SET actor = 'staff:8' WHERE id = %s", events[4].pk)
    forged = merkle.leaf_hash(Event.objects.get(pk=events[4].pk).leaf_bytes())

    tamper("UPDATE portal_leaf SET leaf_hash = %s WHERE position = 4", forged)

    assert first_break() == "position 4: checkpoint 5 has another root than the entries before it".replace(
        "4:", "5:"
    )


def test_a_changed_leaf_hash_is_found(sealed):
    sealed(4)

    tamper("UPDATE portal_leaf SET leaf_hash = %s WHERE position = 3", bytes(32))

    assert first_break().startswith("position 3: event ")


@pytest.mark.parametrize(("level", "index", "position"), [(1, 0, 1), (2, 1, 7), (3, 0, 7), (1, 5, 11)])
def test_a_changed_or_missing_node_is_found(sealed, chunk, level, index, position):
    sealed(9, 4)

    tamper('UPDATE portal_treenode SET hash = %s WHERE level = %s AND "index" = %s', bytes(32), level, index)
    changed = first_break()
    tamper('DELETE FROM portal_treenode WHERE level = %s AND "index" = %s', level, index)
    missing = first_break()

    assert (
        changed
        == missing
        == f"position {position}: node {level}/{index} is missing or is not the root of its leaves"
    )


def test_a_changed_note_root_or_size_of_a_checkpoint_is_found(sealed):
    sealed(3, 4)
    note = Checkpoint.objects.get(size=3).note

    tamper("UPDATE portal_checkpoint SET note = %s WHERE size = 3", note.replace("\n3\n", "\n2\n"))
    assert "signature of" in first_break() and first_break().startswith("position 3: ")
    tamper("UPDATE portal_checkpoint SET note = %s, root = %s WHERE size = 3", note, bytes(32))
    assert first_break() == "position 3: checkpoint 3 does not say what its note says"
    tamper("UPDATE portal_checkpoint SET root = %s, size = 2 WHERE size = 3", bytes(32))
    assert first_break() == "position 2: checkpoint 2 does not say what its note says"


def test_a_checkpoint_signed_by_another_key_is_found(sealed, settings):
    sealed(3)
    settings.PORTAL_LEDGER_KEY = "A" * 43 + "="

    assert "no known key signed this" in first_break()


def test_a_checkpoint_over_another_tree_is_found_though_its_signature_is_ours(sealed):
    sealed(3)
    signer = keys.signer()
    note = signer.sign(str(TreeHead(signer.name, 3, bytes(32))))

    tamper("UPDATE portal_checkpoint SET note = %s, root = %s", note, bytes(32))

    assert first_break() == "position 3: checkpoint 3 has another root than the entries before it"


def test_entries_cut_off_the_end_are_found(sealed):
    sealed(3, 4)

    tamper("DELETE FROM portal_leaf WHERE position > 4")

    assert first_break() == "position 5: the entry is missing"


def test_a_checkpoint_cut_off_the_end_is_found(sealed):
    sealed(3, 4)

    tamper("DELETE FROM portal_checkpoint WHERE size = 7")

    assert first_break() == "position 3: the entry is under no signed checkpoint"


def test_an_event_taken_out_of_the_queue_is_found(sealed, write):
    sealed(2)
    hidden = write(1)[0]

    tamper("DELETE FROM portal_pendingseal")

    assert first_break() == f"event {hidden.event_id} is neither sealed nor waiting to be"


def test_an_event_sealed_twice_is_found_before_it_happens(sealed):
    events = sealed(2)

    tamper("INSERT INTO portal_pendingseal (event_id) VALUES (%s)", events[0].pk)

    assert first_break() == f"event {events[0].event_id} is sealed and still waiting to be"


def test_a_ledger_without_its_triggers_does_not_hold(sealed):
    from privacy_portal.ledger import triggers

    sealed(1)
    with connection.cursor() as cursor:
        for statement in triggers.released(connection.vendor, "portal_leaf"):
            cursor.execute(statement)

    report = verify.verify()

    assert (report.first_break, report.unprotected, report.holds) == (None, ("portal_leaf",), False)
    with pytest.raises(CommandError, match="Not protected against change: portal_leaf"):
        command()


def test_a_walk_reads_the_ledger_in_chunks_with_few_queries(
    sealed, monkeypatch, django_assert_max_num_queries
):
    sealed(60)
    monkeypatch.setattr(verify, "_CHUNK", 20)

    with django_assert_max_num_queries(2 + 3 * 2 + 7):
        assert verify.verify().holds


def test_a_check_on_the_record_is_itself_an_event(sealed, noon, controller):
    acme = controller()
    sealed(3)

    report = verify.verify_on_the_record(
        controller_id=acme.pk, by=Actor.staff(7), now=noon + timedelta(hours=1)
    )

    event = Event.objects.get(type="ledger_verified")
    assert report.holds
    assert event.controller_id == acme.pk
    assert event.payload == {"size": 3, "holds": True, "broken_at": None, "unsealed": 0}


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_ledger", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_that_the_ledger_holds(sealed, write):
    sealed(3)
    write(1)

    assert command() == (
        "3 entries, 1 checkpoints, 1 not sealed yet (the oldest since 2026-11-21T12:00:00+00:00)\nThe ledger holds.\n"
    )


def test_the_command_fails_and_names_the_first_break(sealed):
    sealed(3)
    tamper("UPDATE portal_event SET actor = 'staff:8'")

    with pytest.raises(CommandError, match="First break: position 0: event .* is not what was sealed"):
        command()


def test_the_sealing_command_prints_the_checkpoint(write):
    write(2)
    out = StringIO()

    call_command("seal_ledger", stdout=out)
    call_command("seal_ledger", stdout=out)

    assert out.getvalue() == Checkpoint.objects.get().note + "Nothing to seal.\n"


def test_sealing_goes_on_after_a_walk(sealed, write, noon):
    sealed(3)
    assert verify.verify().holds
    write(2)

    assert seal.seal(now=noon).size == 5
    assert verify.verify().holds
