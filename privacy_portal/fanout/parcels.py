"""Parcels: personal data on its way to the person, encrypted in frames with a key of its own.

A file is frames of at most 64 KiB of plain content, each AES-256-GCM under a nonce of 7 zero bytes, a 4-byte frame
number and one byte that is 1 in the last frame only (the STREAM construction): frames cannot be swapped, dropped or
cut off unnoticed. The key is made per parcel and wrapped by the master key; destroying it destroys the content.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import transaction

from privacy_portal import crypto
from privacy_portal.errors import DomainError
from privacy_portal.fanout.models import Parcel

FRAME = 64 * 1024
_TAG = 16


class ParcelGone(DomainError):
    """This parcel has expired and was destroyed."""

    status = 410


class ParcelBroken(DomainError):
    """This parcel was changed or cut off; its content is not to be trusted."""

    status = 500


@dataclass(frozen=True, slots=True)
class Packed:
    """A file already written, not yet a row: so that no transaction is open while content streams in."""

    id: UUID
    path: str
    key: bytes
    size: int
    sha256: str


class Label(TypedDict):
    """What is written on a parcel. `name` is never personal."""

    controller_id: UUID
    cause_kind: str
    cause_id: UUID
    name: str
    expires_at: datetime
    subject_id: NotRequired[UUID | None]
    task_id: NotRequired[UUID | None]
    rows: NotRequired[int]


def make(*, chunks: Iterable[bytes], now: datetime, **label: Unpack[Label]) -> Parcel:
    """Encrypt a stream into a new parcel; memory stays flat whatever its size."""
    return write_row(pack(chunks, on=now.date()), now=now, **label)


def pack(chunks: Iterable[bytes], *, on: date) -> Packed:
    """The encrypted file without its row. What goes wrong in the stream leaves no file behind."""
    parcel_id = uuid4()
    path = f"{on.isoformat()}/{parcel_id}"
    wrapped = crypto.new_subject_key(_place(parcel_id))
    source = _Sealing(chunks, crypto.unseal(wrapped, _place(parcel_id)), _place(parcel_id))
    with ExitStack() as undo:
        undo.callback(_storage().delete, path)
        _storage().save(path, File(io.BufferedReader(source, FRAME + _TAG), name=path))
        undo.pop_all()
    return Packed(parcel_id, path, wrapped, source.size, source.digest.hexdigest())


def write_row(packed: Packed, *, now: datetime, **label: Unpack[Label]) -> Parcel:
    """The row of a packed file, in the caller's transaction."""
    parcel = row_of(packed, now=now, **label)
    parcel.save(force_insert=True)
    return parcel


def row_of(packed: Packed, *, now: datetime, **label: Unpack[Label]) -> Parcel:
    """The same, not yet written: who has several writes them together."""
    return Parcel(
        id=packed.id,
        path=packed.path,
        key=packed.key,
        size=packed.size,
        sha256=packed.sha256,
        made_at=now,
        **label,
    )


def discard(packed: Packed) -> None:
    """A packed file nobody wants."""
    _storage().delete(packed.path)


def open_stream(parcel: Parcel) -> Iterator[bytes]:
    """The plain content, frame by frame. Raises ParcelGone, and ParcelBroken on the first frame that is not ours."""
    if parcel.key is None or parcel.destroyed_at is not None:
        raise ParcelGone()
    cipher = AESGCM(crypto.unseal(bytes(parcel.key), _place(parcel.pk)))
    place = _place(parcel.pk).encode()
    return _frames(parcel.path, cipher, place)


def destroy(parcel: Parcel, *, now: datetime) -> None:
    """Destroy the key, then the file. A second time changes nothing."""
    destroy_all([parcel], now=now)


@transaction.atomic(savepoint=False)
def destroy_all(parcels: Iterable[Parcel], *, now: datetime) -> None:
    """As `destroy`, in one statement: the keys now, the files once that is sure."""
    going = [parcel for parcel in parcels if parcel.destroyed_at is None]
    if not going:
        return
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in going]).update(key=None, destroyed_at=now)
    for parcel in going:
        parcel.key, parcel.destroyed_at = None, now
        transaction.on_commit(partial(_storage().delete, parcel.path))


def destroy_expired(*, now: datetime) -> int:
    """Destroy what has expired, and files that never became a parcel; returns how many parcels."""
    expired = list(Parcel.objects.filter(expires_at__lte=now, destroyed_at=None).order_by("expires_at", "pk"))
    destroy_all(expired, now=now)
    for days_ago in (1, 2):
        _sweep_orphans(now.date() - timedelta(days=days_ago))
    return len(expired)


def _sweep_orphans(day: date) -> None:
    """Files of a process killed between the file and its row, and of destroyed rows."""
    try:
        _folders, names = _storage().listdir(day.isoformat())
    except FileNotFoundError:
        return
    paths = {f"{day.isoformat()}/{name}" for name in names}
    wanted = set(Parcel.objects.filter(path__in=paths, destroyed_at=None).values_list("path", flat=True))
    for path in paths - wanted:
        _storage().delete(path)


def _frames(path: str, cipher: AESGCM, place: bytes) -> Iterator[bytes]:
    with _storage().open(path, "rb") as file:
        number = 0
        sealed = file.read(FRAME + _TAG)
        while True:
            following = file.read(FRAME + _TAG)
            try:
                yield cipher.decrypt(_nonce(number, last=not following), sealed, place)
            except InvalidTag as error:
                raise ParcelBroken() from error
            if not following:
                return
            number, sealed = number + 1, following


class _Sealing(io.RawIOBase):
    """Reads as the encrypted file while it pulls plain chunks; counts and hashes what passes."""

    def __init__(self, chunks: Iterable[bytes], key: bytes, place: str) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._frames = self._seal(_evenly(chunks), AESGCM(key), place.encode())
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._ready:
            self._ready = next(self._frames, b"")
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def _seal(self, frames: Iterator[bytes], cipher: AESGCM, place: bytes) -> Iterator[bytes]:
        plain, number = next(frames, b""), 0
        while True:
            following = next(frames, None)
            self.size += len(plain)
            self.digest.update(plain)
            yield cipher.encrypt(_nonce(number, last=following is None), plain, place)
            if following is None:
                return
            plain, number = following, number + 1


def _evenly(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in frames of FRAME, the last one shorter."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= FRAME:
            yield bytes(held[:FRAME])
            del held[:FRAME]
    if held:
        yield bytes(held)


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])


def _place(parcel_id: UUID) -> str:
    return f"portal_parcel:{parcel_id}:content"


def _storage() -> Storage:
    return storages["parcels"]
