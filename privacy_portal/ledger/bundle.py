"""A slice of the ledger that proves itself elsewhere: entries with inclusion proofs under one signed checkpoint.

The format is documented in docs/ledger.md; docs/verify_ledger.py checks it without this product.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from privacy_portal.errors import Conflict, Invalid
from privacy_portal.ledger import keys, merkle, queries
from privacy_portal.ledger.models import Checkpoint
from privacy_portal.ledger.note import BadNote, TreeHead, Verifier, open_note
from privacy_portal.ledger.verify import Broken

FORMAT = "privacy-portal-ledger-bundle/1"
_FIELDS = {
    "format": str,
    "verifier_keys": list,
    "checkpoint": str,
    "start": int,
    "end": int,
    "entries": list,
    "earlier": list,
}


def export_bundle(start: int = 0, end: int | None = None, *, earlier: Sequence[int] = ()) -> dict[str, Any]:
    """Entries [start, end) under the latest checkpoint, and its consistency with the `earlier` checkpoints (sizes).

    Raises Conflict if nothing is sealed yet, Invalid if the range or an earlier checkpoint does not exist.
    """
    checkpoint = queries.latest_checkpoint()
    if checkpoint is None:
        raise Conflict("Nothing is sealed yet.")
    end = checkpoint.size if end is None else end
    if not 0 <= start < end <= checkpoint.size:
        raise Invalid(
            "start", f"the range must lie within the {checkpoint.size} sealed entries and not be empty"
        )
    return {
        "format": FORMAT,
        "verifier_keys": [str(verifier) for verifier in keys.verifiers()],
        "checkpoint": checkpoint.note,
        "start": start,
        "end": end,
        "entries": _entries(start, end, checkpoint.size),
        "earlier": [_earlier(size, checkpoint.size) for size in sorted(set(earlier))],
    }


def _entries(start: int, end: int, size: int) -> list[dict[str, Any]]:
    leaves = list(queries.entries(start, end))
    found = queries.proofs([merkle.inclusion_spans(leaf.position, size) for leaf in leaves])
    return [
        {
            "position": leaf.position,
            "leaf": _base64(leaf.event.leaf_bytes()),
            "proof": [_base64(step) for step in proof],
        }
        for leaf, proof in zip(leaves, found, strict=True)
    ]


def _earlier(first: int, second: int) -> dict[str, Any]:
    checkpoint = Checkpoint.objects.filter(size=first).first()
    if checkpoint is None:
        raise Invalid("earlier", f"there is no checkpoint of size {first}")
    proof = queries.consistency_proof(first, second)
    return {"checkpoint": checkpoint.note, "proof": [_base64(step) for step in proof]}


def verify_bundle(text: str, trusted: Sequence[Verifier]) -> TreeHead:
    """What the bundle's checkpoint says, if all of it holds under a trusted key. Raises Broken at the first break."""
    bundle = _read(text)
    head = _open(bundle["checkpoint"], trusted, "the checkpoint")
    if not bundle["verifier_keys"] or not {*map(str, bundle["verifier_keys"])} <= {*map(str, trusted)}:
        raise Broken(None, "the bundle names a key that is not trusted here")
    start, end = bundle["start"], bundle["end"]
    if not 0 <= start < end <= head.size or len(bundle["entries"]) != end - start:
        raise Broken(start, "the entries are not the range the bundle promises")
    for position, entry in enumerate(bundle["entries"], start=start):
        _check_entry(entry, position, head)
    for earlier in bundle["earlier"]:
        _check_earlier(earlier, head, trusted)
    return head


def _read(text: str) -> dict[str, Any]:
    try:
        bundle = json.loads(text)
    except ValueError as error:
        raise Broken(None, f"not JSON: {error}") from None
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise Broken(None, f"not a bundle of the format {FORMAT}")
    _check_fields(bundle, _FIELDS, None)
    return bundle


def _check_entry(entry: Any, position: int, head: TreeHead) -> None:
    _check_fields(entry, {"position": int, "leaf": str, "proof": list}, position)
    if entry["position"] != position:
        raise Broken(position, "the entry names another position")
    leaf = merkle.leaf_hash(_bytes(entry["leaf"], position))
    proof = [_bytes(step, position) for step in entry["proof"]]
    try:
        merkle.verify_inclusion(leaf, position, head.size, proof, head.root)
    except merkle.BadProof as error:
        raise Broken(position, f"inclusion: {error}") from None


def _check_earlier(earlier: Any, head: TreeHead, trusted: Sequence[Verifier]) -> None:
    _check_fields(earlier, {"checkpoint": str, "proof": list}, None)
    first = _open(earlier["checkpoint"], trusted, "an earlier checkpoint")
    proof = [_bytes(step, None) for step in earlier["proof"]]
    try:
        merkle.verify_consistency(first.size, head.size, first.root, head.root, proof)
    except merkle.BadProof as error:
        raise Broken(first.size, f"consistency: {error}") from None


def _open(note: str, trusted: Sequence[Verifier], what: str) -> TreeHead:
    try:
        head = TreeHead.parse(open_note(note, trusted))
    except BadNote as error:
        raise Broken(None, f"{what}: {error}") from None
    if head.origin not in {verifier.name for verifier in trusted}:
        raise Broken(None, f"{what} is of another ledger")
    return head


def _check_fields(found: Any, expected: dict[str, type], position: int | None) -> None:
    """Exactly these fields of these types: a bundle carries nothing that is not checked."""
    names = found.keys() if isinstance(found, dict) else ()
    if set(names) != set(expected) or any(type(found[name]) is not kind for name, kind in expected.items()):
        raise Broken(position, f"must have exactly the fields {', '.join(expected)}")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: Any, position: int | None) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise Broken(position, "not base64") from None
    if _base64(value) != text:
        raise Broken(position, "base64 with stray bits")
    return value
