"""Give recorded events their place in the one order, grow the tree, sign a checkpoint. One sealer at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from privacy_portal.ledger import keys, merkle, queries
from privacy_portal.ledger.models import Checkpoint, Event, Leaf, PendingSeal, TreeNode
from privacy_portal.ledger.note import TreeHead
from privacy_portal.writing import insert_rows

BATCH = 2000
_ADVISORY_LOCK = 0x6C65_6467_6572  # "ledger"


def seal(*, now: datetime) -> Checkpoint | None:
    """Seal everything that waits, a checkpoint per batch; the last one, or None if nothing waits or another seals."""
    latest = None
    while PendingSeal.objects.exists():
        checkpoint = _seal_batch(now)
        if checkpoint is None:
            break
        latest = checkpoint
    return latest


@transaction.atomic
def _seal_batch(now: datetime) -> Checkpoint | None:
    if not _is_the_only_sealer():
        return None
    pending = PendingSeal.objects.select_related("event").order_by("pk")[:BATCH]
    events = [row.event for row in pending]
    if not events:
        return None
    size = queries.sealed_size()
    peaks = _append(events, size)
    PendingSeal.objects.filter(pk__in=[event.pk for event in events]).delete()
    return _sign(size + len(events), merkle.root_of_peaks(peaks), now)


def _is_the_only_sealer() -> bool:
    """On SQLite the write transaction itself is exclusive; on PostgreSQL the lock ends with the transaction."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        return bool(cursor.fetchone()[0])


def _append(events: list[Event], size: int) -> list[bytes]:
    """Write leaves and the subtrees they complete; returns the peaks of the grown tree."""
    frontier = merkle.frontier(size)
    stored = queries.stored_nodes(frontier)
    peaks = [stored(node) for node in frontier]
    leaves, nodes = [], []
    for position, event in enumerate(events, start=size):
        value = merkle.leaf_hash(event.leaf_bytes())
        leaves.append(Leaf(position=position, event=event, leaf_hash=value))
        for (level, index), root in merkle.append(peaks, position, value):
            nodes.append(TreeNode(level=level, index=index, hash=root))
    insert_rows(leaves)
    insert_rows(nodes)
    return peaks


def _sign(size: int, root: bytes, now: datetime) -> Checkpoint:
    signer = keys.signer()
    note = signer.sign(str(TreeHead(signer.name, size, root)))
    return Checkpoint.objects.create(size=size, root=root, note=note, signed_at=now)
