"""Check the whole ledger and name the first break. Streams: memory does not grow with the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min, Q

from privacy_portal.ledger import keys, merkle, queries, triggers
from privacy_portal.ledger.canonical import NotCanonical
from privacy_portal.ledger.catalogue import LedgerVerified
from privacy_portal.ledger.models import Checkpoint, Event, Leaf, PendingSeal, TreeNode
from privacy_portal.ledger.note import BadNote, TreeHead, open_note
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor

_CHUNK = 1000
PROTECTED = tuple(model._meta.db_table for model in (Event, Leaf, TreeNode, Checkpoint))


@dataclass(frozen=True, slots=True)
class Break:
    """Where the ledger first fails: a position (or None, for something about the whole), and what is wrong."""

    position: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.position is None else f"position {self.position}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    size: int
    checkpoints: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    first_break: Break | None
    unprotected: tuple[str, ...] = field(default=())
    """Append-only tables whose triggers are missing: nothing is wrong yet, but nothing prevents it."""

    @property
    def holds(self) -> bool:
        return not self.trouble

    @property
    def trouble(self) -> str:
        """What is wrong, in words; empty if the ledger holds."""
        if self.first_break:
            return f"First break: {self.first_break}"
        return f"Not protected against change: {', '.join(self.unprotected)}" if self.unprotected else ""


class Broken(Exception):
    def __init__(self, position: int | None, what: str) -> None:
        self.found = Break(position, what)
        super().__init__(str(self.found))


def verify() -> Report:
    """Every leaf against its event, every node, every checkpoint's root and signature, and what is not sealed yet."""
    size = queries.sealed_size()
    walk = _Walk(size)
    try:
        walk.run()
        first_break = None
    except Broken as broken:
        first_break = broken.found
    waiting = PendingSeal.objects.aggregate(oldest=Min("event__occurred_at"))
    return Report(
        size=size,
        checkpoints=walk.checkpoints,
        unsealed=PendingSeal.objects.count(),
        oldest_unsealed_at=waiting["oldest"],
        first_break=first_break,
        unprotected=tuple(triggers.unprotected(connection, PROTECTED)),
    )


def verify_on_the_record(*, controller_id: UUID, by: Actor, now: datetime) -> Report:
    """The same, and the ledger remembers at whose controller it was asked and what came out."""
    report = verify()
    broken_at = report.first_break.position if report.first_break else None
    with transaction.atomic():
        record(
            LedgerVerified(
                size=report.size, holds=report.holds, broken_at=broken_at, unsealed=report.unsealed
            ),
            controller_id=controller_id,
            by=by,
            now=now,
        )
    return report


class _Walk:
    """One pass over the leaves in order, with the tree regrown beside it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.peaks: list[bytes] = []
        self.checkpoints = 0
        self._signed = _checkpoints(size)
        self._next: Checkpoint | None = next(self._signed, None)

    def run(self) -> None:
        for start in range(0, self.size, _CHUNK):
            self._check_chunk(start, min(start + _CHUNK, self.size))
        if self._next is not None:
            raise Broken(self._next.size, "a checkpoint covers entries that are not there")
        _check_nothing_beside(self.size)

    def _check_chunk(self, start: int, end: int) -> None:
        """Leaves [start, end), the nodes they complete and the checkpoints that end among them."""
        stored = _nodes_completed_in(start, end)
        position = start
        for leaf in queries.entries(start, end):
            if leaf.position != position:
                break
            self._check_leaf(leaf, stored)
            position += 1
        if position != end:
            raise Broken(position, "the entry is missing")
        if stored:
            level, index = min(stored)
            raise Broken(index << level, f"node {level}/{index} belongs to no complete subtree")

    def _check_leaf(self, leaf: Leaf, stored: dict[merkle.Node, bytes]) -> None:
        value = _leaf_hash(leaf)
        if value != bytes(leaf.leaf_hash):
            raise Broken(leaf.position, f"event {leaf.event.event_id} is not what was sealed")
        for node, root in merkle.append(self.peaks, leaf.position, value):
            if stored.pop(node, None) != root:
                raise Broken(
                    leaf.position, f"node {node[0]}/{node[1]} is missing or is not the root of its leaves"
                )
        while self._next is not None and self._next.size == leaf.position + 1:
            _check_checkpoint(self._next, merkle.root_of_peaks(self.peaks))
            self.checkpoints += 1
            self._next = next(self._signed, None)


def _checkpoints(size: int) -> Iterator[Checkpoint]:
    """All there were when the walk began, smallest first; sealing goes on meanwhile."""
    return Checkpoint.objects.filter(size__lte=size).order_by("size").iterator(chunk_size=_CHUNK)


def _leaf_hash(leaf: Leaf) -> bytes:
    try:
        return merkle.leaf_hash(leaf.event.leaf_bytes())
    except NotCanonical:
        raise Broken(leaf.position, f"event {leaf.event.event_id} holds what no event can hold") from None


def _nodes_completed_in(start: int, end: int) -> dict[merkle.Node, bytes]:
    """Stored nodes whose last leaf is in [start, end); a node's last leaf is ((index + 1) << level) - 1."""
    completed = Q(pk__in=())
    for level in range(1, end.bit_length() + 1):
        completed |= Q(level=level, index__gte=start >> level, index__lt=end >> level)
    nodes = TreeNode.objects.filter(completed).values_list("level", "index", "hash")
    return {(level, index): bytes(value) for level, index, value in nodes}


def _check_checkpoint(checkpoint: Checkpoint, root: bytes) -> None:
    """The regrown root at this size: equal roots here make every checkpoint consistent with all before it."""
    at = checkpoint.size
    try:
        head = TreeHead.parse(open_note(checkpoint.note, keys.verifiers()))
    except BadNote as error:
        raise Broken(at, f"checkpoint {at}: {error}") from None
    if head != TreeHead(keys.signer().name, at, bytes(checkpoint.root)):
        raise Broken(at, f"checkpoint {at} does not say what its note says")
    if head.root != root:
        raise Broken(at, f"checkpoint {at} has another root than the entries before it")


def _check_nothing_beside(size: int) -> None:
    """No leaf without a checkpoint, no node outside the tree, no event that is neither sealed nor waiting."""
    beyond = Leaf.objects.filter(Q(position__gte=size) | Q(position__lt=0)).order_by("position").first()
    if beyond and not Checkpoint.objects.filter(size__gt=beyond.position).exists():
        raise Broken(beyond.position, "the entry is under no signed checkpoint")
    lost = Event.objects.filter(leaf=None, pending_seal=None).order_by("pk").first()
    if lost:
        raise Broken(None, f"event {lost.event_id} is neither sealed nor waiting to be")
    both = (
        PendingSeal.objects.filter(event__leaf__isnull=False).select_related("event").order_by("pk").first()
    )
    if both:
        raise Broken(None, f"event {both.event.event_id} is sealed and still waiting to be")
