"""The Merkle tree of RFC 9162, section 2.1, without any storage: hashes, roots, proofs and their verification.

A tree over n leaves is kept as its complete subtrees: node (level, index) is the root over the 2^level leaves from
index · 2^level on; level 0 are the leaf hashes. Proofs name spans of leaves; every span comes from O(log n) nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

Span = tuple[int, int]
"""Leaves [start, end)."""
Node = tuple[int, int]
"""(level, index) of a complete subtree."""


class BadProof(ValueError):
    """The proof does not show what it claims."""


class OutOfRange(ValueError):
    """There is no such leaf or tree to prove."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


# -- growing ----------------------------------------------------------------------------------------------------------
def frontier(size: int) -> list[Node]:
    """The complete subtrees that make up a tree of this size, left to right, largest first."""
    return complete_subtrees(0, size)


def append(peaks: list[bytes], position: int, leaf: bytes) -> list[tuple[Node, bytes]]:
    """Grow a tree of `position` leaves, given by the hashes of its `frontier`, by one leaf hash, in place.

    Returns the nodes above the leaf that are complete now.
    """
    completed: list[tuple[Node, bytes]] = []
    value, level = leaf, 0
    while position >> level & 1:
        value, level = node_hash(peaks.pop(), value), level + 1
        completed.append(((level, position >> level), value))
    peaks.append(value)
    return completed


def root_of_peaks(peaks: Sequence[bytes]) -> bytes:
    """The root of the tree whose frontier has these hashes."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


# -- proving ----------------------------------------------------------------------------------------------------------
def inclusion_spans(index: int, size: int) -> list[Span]:
    """PATH(m, D_n) of RFC 9162, 2.1.3.1: the spans whose roots are the proof, leaf side first."""
    if not 0 <= index < size:
        raise OutOfRange(f"no leaf {index} in a tree of {size}")
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            spans.append((split, end))
            end = split
        else:
            spans.append((start, split))
            start = split
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """PROOF(m, D_n) of RFC 9162, 2.1.4.1; nothing is consistent with an empty tree, so `first` is at least 1."""
    if not 1 <= first <= second:
        raise OutOfRange(f"no proof from a tree of {first} to one of {second}")
    spans: list[Span] = []
    start, end = 0, second
    while end != first:
        split = start + _split(end - start)
        if first <= split:
            spans.append((split, end))
            end = split
        else:
            spans.append((start, split))
            start = split
    if start > 0:
        spans.append((start, end))
    return spans[::-1]


def complete_subtrees(start: int, end: int) -> list[Node]:
    """The nodes a span of a proof (or a whole tree) is made of, left to right."""
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def span_root(span: Span, node: Callable[[Node], bytes]) -> bytes:
    """MTH over a span, from stored nodes."""
    return root_of_peaks([node(each) for each in complete_subtrees(*span)])


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


# -- verifying --------------------------------------------------------------------------------------------------------
def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2: the leaf hash stands at `index` in the tree of `size` with this root. Raises BadProof."""
    if not 0 <= index < size:
        raise BadProof("the index lies outside the tree")
    node, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        if node & 1 or node == last:
            found = node_hash(step, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    if found != root:
        raise BadProof("the proof leads to another root")


def verify_consistency(first: int, second: int, root_1: bytes, root_2: bytes, proof: Sequence[bytes]) -> None:
    """RFC 9162, 2.1.4.2: the tree of `second` leaves begins with the tree of `first`. Raises BadProof.

    A tree of no leaves proves nothing about any other: that is an error, as is a second tree that is smaller.
    """
    if not 1 <= first <= second:
        raise BadProof("these sizes cannot be compared")
    if first == second:
        if proof or root_1 != root_2:
            raise BadProof("trees of one size must be equal, without a proof")
        return
    steps = list(proof) if first & (first - 1) else [root_1, *proof]
    if not proof:
        raise BadProof("the proof is empty")
    _walk_consistency(first, second, root_1, root_2, steps)


def _walk_consistency(first: int, second: int, root_1: bytes, root_2: bytes, steps: Sequence[bytes]) -> None:
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise BadProof("the proof is too long")
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    if old != root_1 or new != root_2:
        raise BadProof("the proof leads to other roots")
