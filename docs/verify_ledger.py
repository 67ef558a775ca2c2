"""Check a ledger bundle without the product that made it. Needs Python 3 and `cryptography`, nothing else.

    python verify_ledger.py BUNDLE.json --key "privacy.example.org/ledger+1a2b3c4d+AZ..."

Get the verifier key from elsewhere (print it, publish it): the key inside the bundle only shows that the bundle is
whole. Format: docs/ledger.md. Exit code 0: all holds; 1: something does not, and the first break is named.
"""

import argparse
import base64
import hashlib
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "privacy-portal-ledger-bundle/1"
LISTS = ("entries", "earlier", "proof", "verifier_keys")


class Broken(Exception):
    """The first thing that does not hold."""


def need(holds, what):
    if not holds:
        raise Broken(what)


def sha256(kind, data):
    return hashlib.sha256(bytes([kind]) + data).digest()


def unbase64(text, what):
    value = base64.b64decode(text + "===")
    need(base64.b64encode(value).decode() == text, what + ": not base64")
    return value


def fields(found, names, what):
    """Exactly these fields: a bundle carries nothing that is not checked."""
    need(isinstance(found, dict) and set(found) == set(names.split()), f"{what}: must have {names}")
    for name, value in found.items():
        kind = list if name in LISTS else int if name in ("start", "end", "position") else str
        need(type(value) is kind, f"{what}: {name} is not of type {kind.__name__}")


def parse_key(text):
    """C2SP verifier key name+hex id+base64(0x01 || 32 bytes) as ((name, id), public key)."""
    name, _, rest = text.partition("+")
    data = unbase64(rest[9:], "verifier key")
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    need(data[:1] == b"\x01" and rest[:9] == key_id.hex() + "+", "verifier key: malformed")
    return (name, key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def open_checkpoint(note, keys, what):
    """(size, root) of a signed checkpoint; unknown keys are ignored, a failing signature of ours is a break."""
    body, blank, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    need(blank and len(lines) > 1 and lines[-1] == "", what + ": not a signed note")
    text, trusted = body + "\n", False
    for line in lines[:-1]:
        match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})", line)
        need(match, what + ": a signature line is malformed")
        data = unbase64(match.group(2), what)
        if (match.group(1), data[:4]) in keys:
            keys[match.group(1), data[:4]].verify(data[4:], text.encode())
            trusted = True
    need(trusted, what + ": not signed by a key we know")
    head = text.split("\n")
    need(len(head) > 3 and re.fullmatch("0|[1-9][0-9]*", head[1]), what + ": malformed")
    need(head[0] in [name for name, _id in keys], what + ": of another ledger")
    return int(head[1]), unbase64(head[2], what)


def climb(first, last, proof, old, new, what):
    """The walk RFC 9162 sections 2.1.3.2 and 2.1.4.2 have in common; returns both roots."""
    for step in proof:
        need(last > 0, what + ": the proof is too long")
        if first & 1 or first == last:
            old, new = sha256(1, step + old), sha256(1, step + new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = sha256(1, new + step)
        first, last = first >> 1, last >> 1
    need(last == 0, what + ": the proof is too short")
    return old, new


def check_entry(entry, position, size, root):
    what = f"position {position}"
    fields(entry, "position leaf proof", what)
    need(entry["position"] == position, what + ": the entry names another position")
    leaf = sha256(0, unbase64(entry["leaf"], what))
    proof = [unbase64(step, what) for step in entry["proof"]]
    need(climb(position, size - 1, proof, leaf, leaf, what)[1] == root, what + ": not in the signed tree")


def check_earlier(earlier, keys, size, root):
    fields(earlier, "checkpoint proof", "earlier checkpoint")
    first, old_root = open_checkpoint(earlier["checkpoint"], keys, "earlier checkpoint")
    what = f"consistency from {first}"
    need(1 <= first <= size, what + ": the sizes cannot be compared")
    proof = [unbase64(step, what) for step in earlier["proof"]]
    need(bool(proof) == (first < size), what + ": the proof has the wrong length")
    found, at, last = (old_root, old_root), first - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if proof:
        steps = proof if first & (first - 1) else [old_root, *proof]
        found = climb(at, last, steps[1:], steps[0], steps[0], what)
    need(found == (old_root, root), what + ": the ledger was rewritten")


def check(bundle, trusted):
    need(isinstance(bundle, dict) and bundle.get("format") == FORMAT, "not a bundle of format " + FORMAT)
    fields(bundle, "format verifier_keys checkpoint start end entries earlier", "bundle")
    named = bundle["verifier_keys"]
    need(not trusted or set(named) <= set(trusted), "the bundle names a key you do not trust")
    keys = dict(map(parse_key, named))
    size, root = open_checkpoint(bundle["checkpoint"], keys, "checkpoint")
    start, end = bundle["start"], bundle["end"]
    need(0 <= start < end <= size, "the range lies outside the tree")
    need(len(bundle["entries"]) == end - start, "the number of entries is not that of the range")
    for position, entry in enumerate(bundle["entries"], start):
        check_entry(entry, position, size, root)
    for earlier in bundle["earlier"]:
        check_earlier(earlier, keys, size, root)
    return f"{end - start} entries hold, {start} to {end - 1} of {size}"


def main():
    parser = argparse.ArgumentParser(description="Check a ledger bundle.")
    parser.add_argument("bundle", type=argparse.FileType(encoding="utf-8"))
    parser.add_argument("--key", action="append", help="a verifier key you trust; strongly advised")
    options = parser.parse_args()
    try:
        print(check(json.load(options.bundle), options.key))
    except (Broken, InvalidSignature, ValueError, TypeError, AttributeError) as error:
        sys.exit(f"BROKEN: {str(error) or 'a signature fails'}")
    if not options.key:
        print("No --key given: this shows that the bundle is whole, not who signed it.", file=sys.stderr)


if __name__ == "__main__":
    main()
