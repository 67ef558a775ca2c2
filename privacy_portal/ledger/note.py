"""Signed notes and checkpoints (C2SP signed-note and tlog-checkpoint), with Ed25519.

A note is text, a blank line and signature lines `— name base64(key id ‖ signature)`. A checkpoint's text is an
origin, a tree size and a root hash, one a line; further lines are extensions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_MOST_SIGNATURES = 100


class BadNote(ValueError):
    """The note is malformed, is signed by nobody we know, or a known key's signature fails."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name; `str()` gives the verifier key `name+hex id+base64(0x01 ‖ key)`."""

    name: str
    key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadNote if the text is no Ed25519 verifier key or its id does not belong to the key."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
            raise BadNote("a verifier key is name+id+key")
        data = _decoded(parts[2])
        if data[:1] != _ED25519 or len(data) != 33:
            raise BadNote("the verifier key is not an Ed25519 key")
        verifier = cls(parts[0], data[1:])
        if verifier.key_id().hex() != parts[1]:
            raise BadNote("the id of the verifier key does not belong to it")
        return verifier

    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:4]

    def check(self, text: str, signature: bytes) -> None:
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except InvalidSignature:
            raise BadNote(f"the signature of {self.name} fails") from None

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id().hex()}+{base64.b64encode(_ED25519 + self.key).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    name: str
    private: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        if not _NAME.fullmatch(name):
            raise BadNote("a key's name holds no space and no plus sign")
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    def verifier(self) -> Verifier:
        return Verifier(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The whole note. The text must end in a newline."""
        _check_text(text)
        signed = self.verifier().key_id() + self.private.sign(text.encode())
        return f"{text}\n\u2014 {self.name} {base64.b64encode(signed).decode()}\n"


def open_note(note: str, verifiers: Sequence[Verifier]) -> str:
    """The text, if a known key signed it and no known key's signature fails. Raises BadNote."""
    text, lines = _parts(note)
    known = {(verifier.name, verifier.key_id()): verifier for verifier in verifiers}
    trusted = False
    for line in lines:
        name, key_id, signature = _signature(line)
        verifier = known.get((name, key_id))
        if verifier:
            verifier.check(text, signature)
            trusted = True
    if not trusted:
        raise BadNote("no known key signed this")
    return text


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):
            raise BadNote("a checkpoint is origin, size and root, one a line")
        root = _decoded(lines[2])
        if len(root) != 32:
            raise BadNote("the root of a checkpoint is 32 bytes")
        return cls(lines[0], int(lines[1]), root)

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def _parts(note: str) -> tuple[str, list[str]]:
    body, blank, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not blank or lines[-1] or not 1 <= len(lines) - 1 <= _MOST_SIGNATURES:
        raise BadNote("a note is text, a blank line and signature lines")
    text = body + "\n"
    _check_text(text)
    return text, lines[:-1]


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROLS.search(text):
        raise BadNote("a note's text ends in a newline and holds no control character")


def _signature(line: str) -> tuple[str, bytes, bytes]:
    match = _SIGNATURE.fullmatch(line)
    if not match:
        raise BadNote("a signature line is malformed")
    data = _decoded(match[2])
    if len(data) < 5:
        raise BadNote("a signature is too short")
    return match[1], data[:4], data[4:]


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadNote("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise BadNote(
            "base64 with stray bits"
        )  # one value must have one spelling, or a note could be altered unseen
    return data
