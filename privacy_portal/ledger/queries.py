"""Reads of the sealed ledger: entries in their order, the latest checkpoint, and proofs from stored nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet

from privacy_portal.errors import Invalid
from privacy_portal.ledger import merkle
from privacy_portal.ledger.models import Checkpoint, Leaf, TreeNode


def latest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def sealed_size() -> int:
    checkpoint = latest_checkpoint()
    return checkpoint.size if checkpoint else 0


def entries(start: int, end: int) -> QuerySet[Leaf]:
    """Leaves with their events, positions [start, end), in order."""
    return (
        Leaf.objects.filter(position__gte=start, position__lt=end)
        .select_related("event")
        .order_by("position")
    )


def inclusion_proof(position: int, size: int) -> list[bytes]:
    """Proof that the leaf at `position` is in the tree of `size`. Raises Invalid if there is no such leaf or tree."""
    if not 1 <= size <= sealed_size():
        raise Invalid("size", f"must be between 1 and {sealed_size()}, the entries sealed so far")
    if not 0 <= position < size:
        raise Invalid("position", f"must be between 0 and {size - 1}")
    return proofs([merkle.inclusion_spans(position, size)])[0]


def consistency_proof(first: int, second: int) -> list[bytes]:
    """Proof that the tree of `second` begins with the tree of `first`. Raises Invalid on sizes without a proof."""
    if not 1 <= second <= sealed_size():
        raise Invalid("to", f"must be between 1 and {sealed_size()}, the entries sealed so far")
    if not 1 <= first <= second:
        raise Invalid("from", f"must be between 1 and {second}")
    return proofs([merkle.consistency_spans(first, second)])[0]


def proofs(paths: list[list[merkle.Span]]) -> list[list[bytes]]:
    """The hashes of many proofs, all their nodes fetched at once."""
    node = stored_nodes(node for path in paths for span in path for node in merkle.complete_subtrees(*span))
    return [[merkle.span_root(span, node) for span in path] for path in paths]


def stored_nodes(wanted: Iterable[merkle.Node]) -> Callable[[merkle.Node], bytes]:
    """Look-up of these nodes, at most one query for leaves and one for the rest. A missing one is a KeyError."""
    by_level: dict[int, set[int]] = defaultdict(set)
    for level, index in wanted:
        by_level[level].add(index)
    found: dict[merkle.Node, bytes] = {}
    if leaves := by_level.pop(0, None):
        rows = Leaf.objects.filter(position__in=leaves).values_list("position", "leaf_hash")
        found.update(((0, position), bytes(value)) for position, value in rows)
    if by_level:
        any_of = Q()
        for level, indexes in by_level.items():
            any_of |= Q(level=level, index__in=indexes)
        nodes = TreeNode.objects.filter(any_of).values_list("level", "index", "hash")
        found.update(((level, index), bytes(value)) for level, index, value in nodes)
    return found.__getitem__
