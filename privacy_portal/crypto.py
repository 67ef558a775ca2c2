"""Encryption at rest: AES-256-GCM, a key per subject wrapped by a versioned master key, and a blind index.

A sealed value is `version (1 byte) ‖ nonce (12 bytes) ‖ ciphertext and tag`. The associated data (`place`,
"table:row:column") ties a value to where it was written, so it cannot be moved to another row.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12

Sealed = bytes | memoryview
"""As a binary column gives it back: PostgreSQL and SQLite differ."""


class Undecipherable(Exception):
    """The value was written with another key, at another place, or was changed."""


@cache
def _master_keys(text: str) -> tuple[bytes, ...]:
    """Master keys in order of age, comma separated; the last one wraps what is new. Each is base64 of 32 bytes."""
    keys = tuple(base64.urlsafe_b64decode(part) for part in text.split(","))
    if any(len(key) != 32 for key in keys):
        raise ValueError("PORTAL_MASTER_KEYS must hold base64 of 32 bytes each, comma separated.")
    return keys


def _encrypt(key: bytes, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def _decrypt(key: bytes, sealed: Sealed, place: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except InvalidTag as error:
        raise Undecipherable(place.split(":")[0]) from error


def seal(plain: bytes, place: str) -> bytes:
    """Encrypt under the newest master key."""
    keys = _master_keys(settings.PORTAL_MASTER_KEYS)
    return bytes([len(keys) - 1]) + _encrypt(keys[-1], plain, place)


def unseal(sealed: Sealed, place: str) -> bytes:
    """Raises Undecipherable on a wrong key, place or a changed value."""
    sealed = bytes(sealed)
    keys = _master_keys(settings.PORTAL_MASTER_KEYS)
    if not sealed or sealed[0] >= len(keys):
        raise Undecipherable("master key version")
    return _decrypt(keys[sealed[0]], sealed[1:], place)


def new_subject_key(place: str) -> bytes:
    """A fresh 32-byte key, wrapped; destroying the wrapped bytes destroys all that was sealed with it."""
    return seal(os.urandom(32), place)


def seal_for(wrapped_key: Sealed, key_place: str, plain: bytes, place: str) -> bytes:
    return _encrypt(unseal(wrapped_key, key_place), plain, place)


def unseal_for(wrapped_key: Sealed, key_place: str, sealed: Sealed, place: str) -> bytes:
    return _decrypt(unseal(wrapped_key, key_place), bytes(sealed), place)


def is_newest(sealed: Sealed) -> bool:
    """Whether this was sealed under the newest master key."""
    return bytes(sealed[:1]) == bytes([len(_master_keys(settings.PORTAL_MASTER_KEYS)) - 1])


def rewrap(wrapped_key: Sealed, place: str) -> bytes:
    """The same subject key under the newest master key (key rotation)."""
    return seal(unseal(wrapped_key, place), place)


def blind_index(*parts: str) -> bytes:
    """Keyed hash by which an encrypted value is found; 32 bytes, useless without PORTAL_INDEX_KEY."""
    message = "\x1f".join(parts).encode()
    return hmac.new(settings.PORTAL_INDEX_KEY.encode(), message, hashlib.sha256).digest()
