"""The tree is held to the public vectors of transparency-dev/merkle (tests/ledger/vectors/SOURCES.txt)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal.ledger import merkle

VECTORS = Path(__file__).parent / "vectors"
BASIC = json.loads((VECTORS / "merkle_basic.json").read_text())
INCLUSION = json.loads((VECTORS / "merkle_inclusion_dev.json").read_text())
CONSISTENCY = json.loads((VECTORS / "merkle_consistency_dev.json").read_text())
LEAVES = [merkle.leaf_hash(bytes.fromhex(text)) for text in BASIC["leaves_hex"]]


def decoded(proof: list[str] | None) -> list[bytes]:
    return [base64.b64decode(step) for step in proof or []]


def grown(leaves: list[bytes]) -> tuple[list[bytes], dict[merkle.Node, bytes]]:
    """Peaks and all stored nodes of a tree grown leaf by leaf."""
    peaks: list[bytes] = []
    nodes: dict[merkle.Node, bytes] = {}
    for position, leaf in enumerate(leaves):
        nodes[0, position] = leaf
        nodes.update(merkle.append(peaks, position, leaf))
    return peaks, nodes


def root_by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


def test_single_hashes_are_those_of_the_vectors():
    values = {row["desc"]: row["value"] for row in BASIC["single"]}

    assert merkle.EMPTY_ROOT.hex() == values["empty root"]
    assert merkle.leaf_hash(b"").hex() == values["leaf of empty"]
    assert merkle.leaf_hash(b"L123456").hex() == values["leaf L123456"]
    assert merkle.node_hash(b"N123", b"N456").hex() == values["node(N123,N456)"]


def test_leaf_hashes_are_those_of_the_vectors():
    assert [leaf.hex() for leaf in LEAVES] == BASIC["leaf_hashes"]


@pytest.mark.parametrize("size", range(len(BASIC["root_by_size"])))
def test_the_root_of_every_size_is_that_of_the_vectors(size):
    peaks, _nodes = grown(LEAVES[:size])

    assert merkle.root_of_peaks(peaks).hex() == BASIC["root_by_size"][size]


@pytest.mark.parametrize("row", INCLUSION, ids=lambda row: row["file"].removeprefix("testdata/"))
def test_inclusion_vectors(row):
    arguments = (
        base64.b64decode(row["leafHash"]),
        row["leafIdx"],
        row["treeSize"],
        decoded(row["proof"]),
        base64.b64decode(row["root"]),
    )

    if row["wantErr"]:
        with pytest.raises(merkle.BadProof):
            merkle.verify_inclusion(*arguments)
    else:
        assert merkle.verify_inclusion(*arguments) is None


@pytest.mark.parametrize("row", CONSISTENCY, ids=lambda row: row["file"].removeprefix("testdata/"))
def test_consistency_vectors(row):
    arguments = (
        row["size1"],
        row["size2"],
        base64.b64decode(row["root1"]),
        base64.b64decode(row["root2"]),
        decoded(row["proof"]),
    )

    if row["wantErr"]:
        with pytest.raises(merkle.BadProof):
            merkle.verify_consistency(*arguments)
    else:
        assert merkle.verify_consistency(*arguments) is None


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 8), (-1, 8), (9, 8)])
def test_an_empty_or_larger_first_tree_proves_nothing(first, second):
    with pytest.raises(merkle.BadProof):
        merkle.verify_consistency(first, second, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])
    with pytest.raises(merkle.OutOfRange):
        merkle.consistency_spans(first, second)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (8, 8), (-1, 8)])
def test_a_leaf_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(merkle.OutOfRange):
        merkle.inclusion_spans(index, size)
    with pytest.raises(merkle.BadProof):
        merkle.verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize("size", range(1, 36))
def test_every_proof_of_every_small_tree_verifies_from_stored_nodes(size):
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    peaks, nodes = grown(leaves)
    root = merkle.root_of_peaks(peaks)

    assert root == root_by_definition(leaves)
    assert [nodes[node] for node in merkle.frontier(size)] == peaks
    for index, leaf in enumerate(leaves):
        proof = [merkle.span_root(span, nodes.__getitem__) for span in merkle.inclusion_spans(index, size)]
        merkle.verify_inclusion(leaf, index, size, proof, root)
    for first in range(1, size + 1):
        proof = [merkle.span_root(span, nodes.__getitem__) for span in merkle.consistency_spans(first, size)]
        merkle.verify_consistency(first, size, root_by_definition(leaves[:first]), root, proof)


@given(st.data())
def test_a_changed_proof_never_verifies(data):
    size = data.draw(st.integers(2, 200))
    leaves = [merkle.leaf_hash(number.to_bytes(2, "big")) for number in range(size)]
    peaks, nodes = grown(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = [merkle.span_root(span, nodes.__getitem__) for span in merkle.inclusion_spans(index, size)]
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))

    changed = bytearray(proof[at])
    changed[bit // 8] ^= 1 << bit % 8
    proof[at] = bytes(changed)

    with pytest.raises(merkle.BadProof):
        merkle.verify_inclusion(leaves[index], index, size, proof, merkle.root_of_peaks(peaks))


@given(size=st.integers(1, 2**40), data=st.data())
def test_a_proof_costs_a_logarithm_of_nodes(size, data):
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))

    for spans in (merkle.inclusion_spans(index, size), merkle.consistency_spans(first, size)):
        nodes = [node for span in spans for node in merkle.complete_subtrees(*span)]
        assert len(nodes) <= 2 * size.bit_length()
        assert all((number + 1) << level <= size for level, number in nodes)
