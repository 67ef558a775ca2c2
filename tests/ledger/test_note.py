"""Signed notes and checkpoints follow C2SP (vector: tests/ledger/vectors/signed_note.json)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from privacy_portal.ledger.note import BadNote, Signer, TreeHead, Verifier, open_note

VECTOR = json.loads((Path(__file__).parent / "vectors" / "signed_note.json").read_text())
OURS = Signer.from_seed("privacy.example.org/ledger", bytes(range(32)))
THEIRS = Signer.from_seed("witness.example.org", bytes(range(1, 33)))
TEXT = "privacy.example.org/ledger\n3\n" + base64.b64encode(bytes(32)).decode() + "\n"


def signature_of(note: str) -> str:
    return note.rpartition("\n\n")[2]


def test_the_public_vector_opens():
    verifier = Verifier.parse(VECTOR["verifier_key"])

    assert open_note(VECTOR["note"], [verifier]) == "This is an example message.\n"
    assert str(verifier) == VECTOR["verifier_key"]
    assert verifier.key_id().hex() == "530d903a"


def test_the_public_vector_with_one_letter_changed_does_not_open():
    with pytest.raises(BadNote, match="fails"):
        open_note(
            VECTOR["note"].replace("an example", "no example"), [Verifier.parse(VECTOR["verifier_key"])]
        )


def test_what_we_sign_opens_with_our_key():
    assert open_note(OURS.sign(TEXT), [OURS.verifier()]) == TEXT


def test_a_line_of_an_unknown_key_is_ignored():
    note = OURS.sign(TEXT) + signature_of(THEIRS.sign(TEXT))

    assert open_note(note, [OURS.verifier()]) == TEXT


def test_a_failing_line_of_a_known_key_rejects_the_note():
    note = OURS.sign(TEXT) + signature_of(THEIRS.sign("another text\n"))

    with pytest.raises(BadNote, match="witness.example.org fails"):
        open_note(note, [OURS.verifier(), THEIRS.verifier()])


def test_a_note_only_unknown_keys_signed_is_rejected():
    with pytest.raises(BadNote, match="no known key"):
        open_note(THEIRS.sign(TEXT), [OURS.verifier()])


def test_a_known_name_with_another_key_is_unknown():
    impostor = Signer.from_seed(OURS.name, bytes(32))

    with pytest.raises(BadNote, match="no known key"):
        open_note(impostor.sign(TEXT), [OURS.verifier()])


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="empty"),
        pytest.param(TEXT, id="no signature"),
        pytest.param(OURS.sign(TEXT).rstrip("\n"), id="no last newline"),
        pytest.param(OURS.sign(TEXT) + "\n", id="a blank line after the signatures"),
        pytest.param(OURS.sign(TEXT).replace("\u2014", "-"), id="a hyphen for the dash"),
        pytest.param(OURS.sign(TEXT).replace("\u2014 ", "\u2014  "), id="two spaces"),
        pytest.param(OURS.sign(TEXT).replace("\n3\n", "\n3\r\n"), id="a carriage return"),
        pytest.param(TEXT + "\n\u2014 privacy.example.org/ledger AAAA\n", id="too short for a key id"),
        pytest.param(TEXT + "\n\u2014 privacy.example.org/ledger !!!!\n", id="no base64"),
        pytest.param(TEXT + "\n" + signature_of(OURS.sign(TEXT)) * 101, id="a hundred and one signatures"),
    ],
)
def test_a_malformed_note_is_rejected(note):
    with pytest.raises(BadNote):
        open_note(note, [OURS.verifier()])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        "name+00000000",
        "name+00000000+",
        "na me+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(),
        "name+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(),
        "name+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
        str(OURS.verifier())[:-4],
        str(OURS.verifier()).replace("privacy", "piracy"),
    ],
)
def test_a_malformed_verifier_key_is_rejected(key):
    with pytest.raises(BadNote):
        Verifier.parse(key)


def test_a_verifier_key_may_hold_plus_signs_in_its_base64():
    signers = (Signer.from_seed("a", number.to_bytes(32, "big")) for number in range(100))
    with_plus = next(signer for signer in signers if str(signer.verifier()).count("+") > 2)

    assert Verifier.parse(str(with_plus.verifier())) == with_plus.verifier()


def test_a_checkpoint_is_read_back():
    head = TreeHead("privacy.example.org/ledger", 3, bytes(32))

    assert str(head) == TEXT
    assert TreeHead.parse(TEXT) == head
    assert TreeHead.parse(TEXT + "an extension line\n") == head


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n3\n",
        TEXT.rstrip("\n"),
        TEXT.replace("\n3\n", "\n03\n"),
        TEXT.replace("\n3\n", "\n-3\n"),
        TEXT.replace("\n3\n", "\n٣\n"),
        TEXT.replace("A", "A=", 1),
        "origin\n3\n" + base64.b64encode(bytes(31)).decode() + "\n",
        TEXT + "\nafter a blank line\n",
    ],
)
def test_a_malformed_checkpoint_is_rejected(text):
    with pytest.raises(BadNote):
        TreeHead.parse(text)


def test_a_key_name_holds_no_space_or_plus():
    for name in ("two words", "a+b", ""):
        with pytest.raises(BadNote):
            Signer.from_seed(name, bytes(32))
