"""One sealer gives positions, grows the tree and signs."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from privacy_portal.ledger import keys, merkle, queries, seal
from privacy_portal.ledger.models import Checkpoint, Event, Leaf, PendingSeal, TreeNode
from privacy_portal.ledger.note import TreeHead, open_note


def leaf_hashes() -> list[bytes]:
    return [merkle.leaf_hash(leaf.event.leaf_bytes()) for leaf in queries.entries(0, 10**9)]


def root_of(leaves: list[bytes]) -> bytes:
    peaks: list[bytes] = []
    for position, leaf in enumerate(leaves):
        merkle.append(peaks, position, leaf)
    return merkle.root_of_peaks(peaks)


@pytest.mark.django_db
def test_nothing_waiting_signs_nothing(noon):
    assert seal.seal(now=noon) is None
    assert queries.latest_checkpoint() is None


@pytest.mark.django_db
def test_events_get_positions_without_gap_in_the_order_they_were_recorded(write, noon):
    events = write(5)

    checkpoint = seal.seal(now=noon)

    assert list(Leaf.objects.order_by("position").values_list("position", "event_id")) == [
        (position, event.pk) for position, event in enumerate(events)
    ]
    assert (checkpoint.size, checkpoint.signed_at) == (5, noon)
    assert not PendingSeal.objects.exists()


@pytest.mark.django_db
def test_the_checkpoint_is_signed_over_the_root_of_all_leaves(sealed):
    sealed(3, 1, 7)

    for checkpoint in Checkpoint.objects.order_by("size"):
        head = TreeHead.parse(open_note(checkpoint.note, keys.verifiers()))
        assert head == TreeHead(
            keys.signer().name, checkpoint.size, root_of(leaf_hashes()[: checkpoint.size])
        )
        assert bytes(checkpoint.root) == head.root
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [3, 4, 11]


@pytest.mark.django_db
def test_batches_grow_the_same_tree_as_one(write, noon, monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 3)
    write(10)

    checkpoint = seal.seal(now=noon)

    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [3, 6, 9, 10]
    assert bytes(checkpoint.root) == root_of(leaf_hashes())
    assert TreeNode.objects.count() == 5 + 2 + 1


@pytest.mark.django_db
def test_sealing_reads_a_logarithm_of_the_tree(sealed, write, noon):
    sealed(33)
    write(1)

    with pytest.MonkeyPatch.context() as patch:
        asked: list[merkle.Node] = []
        stored_nodes = queries.stored_nodes
        patch.setattr(queries, "stored_nodes", lambda wanted: stored_nodes(asked.extend(wanted) or asked))
        seal.seal(now=noon)

    assert asked == [(5, 0), (0, 32)]


@pytest.mark.django_db
def test_a_rotated_key_signs_from_then_on_and_the_old_one_is_still_known(sealed, settings):
    sealed(1)
    settings.PORTAL_LEDGER_KEY = settings.PORTAL_LEDGER_KEY + "," + "A" * 43 + "="
    sealed(1)

    first, second = Checkpoint.objects.order_by("size")
    old, new = keys.verifiers()
    assert open_note(first.note, [old])
    assert open_note(second.note, [new])


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_order(write, noon, monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 5)
    write(40)
    at_the_line = threading.Barrier(2)

    def work() -> None:
        at_the_line.wait(timeout=10)
        try:
            seal.seal(now=noon)
        finally:
            connection.close()

    sealers = [threading.Thread(target=work) for _number in range(2)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join(timeout=60)
    seal.seal(now=noon)

    assert list(Leaf.objects.order_by("position").values_list("position", flat=True)) == list(range(40))
    assert bytes(queries.latest_checkpoint().root) == root_of(leaf_hashes())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_while_another_seals_nothing_is_done(write, noon):
    write(1)
    held, done = threading.Event(), threading.Event()

    def seal_slowly() -> None:
        try:
            with transaction.atomic():
                assert seal._is_the_only_sealer()
                held.set()
                done.wait(timeout=30)
        finally:
            connection.close()

    other = threading.Thread(target=seal_slowly)
    other.start()
    assert held.wait(timeout=10)

    meanwhile = seal.seal(now=noon)
    done.set()
    other.join(timeout=30)

    assert meanwhile is None
    assert seal.seal(now=noon).size == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_late_is_sealed_late_and_not_lost(write, noon):
    written, go_on = threading.Event(), threading.Event()

    def commit_late() -> None:
        try:
            with transaction.atomic():
                write(1)
                written.set()
                go_on.wait(timeout=30)
        finally:
            connection.close()

    slow = threading.Thread(target=commit_late)
    slow.start()
    assert written.wait(timeout=10)
    quick = write(1)[0]
    assert seal.seal(now=noon).size == 1
    go_on.set()
    slow.join(timeout=30)
    assert seal.seal(now=noon).size == 2

    late = Event.objects.exclude(pk=quick.pk).get()
    assert late.pk < quick.pk
    assert (quick.leaf.position, late.leaf.position) == (0, 1)
