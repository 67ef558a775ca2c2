"""Parcels: encrypted in frames, flat in memory, gone when they should be."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal import crypto
from privacy_portal.fanout import parcels
from privacy_portal.fanout.models import Parcel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "parcels": storage}
    return tmp_path


@pytest.fixture
def make(controller, noon):
    owner = controller()

    def make(*chunks: bytes, **label) -> Parcel:
        facts = {"cause_kind": "request", "cause_id": uuid4(), "name": "package.zip"}
        return parcels.make(
            chunks=chunks,
            now=noon,
            controller_id=owner.pk,
            **{**facts, "expires_at": noon + timedelta(days=7), **label},
        )

    return make


def content(parcel: Parcel) -> bytes:
    return b"".join(parcels.open_stream(parcel))


def files(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "size", [0, 1, parcels.FRAME - 1, parcels.FRAME, parcels.FRAME + 1, 3 * parcels.FRAME], ids=str
)
def test_what_goes_in_comes_out(make, size):
    plain = bytes(range(256)) * (size // 256 + 1)

    parcel = make(plain[:size])

    assert content(parcel) == plain[:size]
    assert parcel.size == size


@given(chunks=st.lists(st.binary(max_size=200_000), max_size=4))
def test_frames_do_not_depend_on_chunks(chunks):
    def sealed(given, step):
        stream = parcels._Sealing(given, b"k" * 32, "p")
        return b"".join(iter(lambda: stream.read(step), b""))

    apart, together = sealed(chunks, 5000), sealed([b"".join(chunks)], 70_000)

    assert apart == together


def test_nothing_plain_is_on_disk(make, folder):
    make(b"Ann Example lives here. " * 10_000)

    (file,) = files(folder)
    assert b"Ann" not in file.read_bytes()


def test_the_checksum_is_of_the_plain_content(make):
    import hashlib

    assert make(b"a", b"b").sha256 == hashlib.sha256(b"ab").hexdigest()


@pytest.mark.parametrize(
    "harm", ["changed", "cut off", "a frame dropped", "frames swapped", "something added", "emptied"]
)
def test_a_parcel_somebody_touched_is_not_read(make, folder, harm):
    parcel = make(b"x" * (3 * parcels.FRAME))
    (file,) = files(folder)
    whole, frame = file.read_bytes(), parcels.FRAME + 16
    file.write_bytes(
        {
            "changed": whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
            "cut off": whole[: 2 * frame],
            "a frame dropped": whole[frame:],
            "frames swapped": whole[frame : 2 * frame] + whole[:frame] + whole[2 * frame :],
            "something added": whole + b"y" * 30,
            "emptied": b"",
        }[harm]
    )

    with pytest.raises(parcels.ParcelBroken):
        content(parcel)


def test_a_key_of_another_parcel_does_not_open_it(make):
    parcel, other = make(b"a"), make(b"b")
    parcel.key = other.key

    with pytest.raises(crypto.Undecipherable):
        content(parcel)


def test_memory_stays_flat_while_a_large_parcel_is_written_and_read(make):
    tracemalloc.start()
    parcel = make(b"")
    tracemalloc.reset_peak()
    big = parcels.pack((bytes(50_000) for _ in range(400)), on=parcel.made_at.date())
    parcel = parcels.write_row(
        big,
        now=parcel.made_at,
        controller_id=parcel.controller_id,
        cause_kind="request",
        cause_id=uuid4(),
        name="large",
        expires_at=parcel.expires_at,
    )
    assert sum(len(frame) for frame in parcels.open_stream(parcel)) == 20_000_000
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 3_000_000


def test_a_destroyed_parcel_is_gone_for_good(make, folder, noon, django_capture_on_commit_callbacks):
    parcel = make(b"x")

    with django_capture_on_commit_callbacks(execute=True):
        parcels.destroy(parcel, now=noon)
        parcels.destroy(parcel, now=noon + timedelta(days=1))

    parcel.refresh_from_db()
    assert (parcel.key, parcel.destroyed_at) == (None, noon)
    assert not files(folder)
    with pytest.raises(parcels.ParcelGone):
        content(parcel)


def test_only_what_has_expired_is_destroyed(make, noon):
    old, young = make(b"x", expires_at=noon), make(b"y", expires_at=noon + timedelta(seconds=1))

    destroyed = parcels.destroy_expired(now=noon)

    old.refresh_from_db()
    young.refresh_from_db()
    assert destroyed == 1
    assert old.destroyed_at == noon
    assert content(young) == b"y"


def test_files_that_never_became_a_parcel_are_swept(make, folder, noon):
    kept = make(b"x")
    parcels.pack([b"orphan"], on=noon.date())

    parcels.destroy_expired(now=noon)
    today = len(files(folder))
    parcels.destroy_expired(now=noon + timedelta(days=1))

    assert today == 2
    assert [path.name for path in files(folder)] == [str(kept.pk)]


def test_a_stream_that_breaks_leaves_no_file(make, folder):
    def broken():
        yield b"x" * 100_000
        raise OSError("the line is cut")

    with pytest.raises(OSError, match="line is cut"):
        parcels.pack(broken(), on=make(b"").made_at.date())

    assert len(files(folder)) == 1
