"""A bundle proves itself, here and with the stand-alone verifier, and no field of it can be changed unseen."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from privacy_portal.errors import Conflict, Invalid
from privacy_portal.ledger import keys
from privacy_portal.ledger.bundle import export_bundle, verify_bundle
from privacy_portal.ledger.note import Signer
from privacy_portal.ledger.verify import Broken

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_ledger.py"
WITHOUT_DJANGO = (
    "import runpy, sys; sys.modules['django'] = sys.modules['privacy_portal'] = None; "
    "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
)


@pytest.fixture
def bundle(sealed) -> dict[str, Any]:
    """Entries 2 to 8 of 11, with the checkpoints of 3, 4 and 11 beside it."""
    sealed(3, 1, 7)
    return export_bundle(2, 9, earlier=[3, 4, 11])


@pytest.fixture(scope="module")
def standalone():
    spec = importlib.util.spec_from_file_location("verify_ledger_standalone", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_alone(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", WITHOUT_DJANGO, str(SCRIPT), str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={}, check=False)


def tampered(value: Any) -> Iterator[tuple[str, Any]]:
    """Every copy of the value in which one single thing is different, with a word on what."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{name} removed", {key: value[key] for key in value if key != name}
            for what, changed in tampered(inner):
                yield f"{name}.{what}", {**value, name: changed}
        yield "a field added", {**value, "more": 1}
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield f"[{at}] removed", value[:at] + value[at + 1 :]
            yield f"[{at}] doubled", [*value[:at], inner, *value[at:]]
            for what, changed in tampered(inner):
                yield f"[{at}].{what}", [*value[:at], changed, *value[at + 1 :]]
        yield "null added", [*value, None]
    elif isinstance(value, str):
        for at in {0, len(value) // 3, len(value) // 2, len(value) - 2}:
            other = "B" if value[at] == "A" else "A"
            yield f"letter {at}", value[:at] + other + value[at + 1 :]
        yield "cut", value[:-1]
        yield "longer", value + "\n"
        yield "null", None
    else:
        yield "smaller", value - 1
        yield "larger", value + 1
        yield "a truth", bool(value)


def harmless(what: str) -> bool:
    """One claim fewer, or the same one twice: no false statement."""
    return re.fullmatch(r"earlier\.\[\d+\] (removed|doubled)|verifier_keys\.\[0\] doubled", what) is not None


@pytest.mark.django_db
def test_a_bundle_holds_here_and_alone(bundle, standalone, tmp_path):
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    alone = run_alone(path, "--key", str(keys.signer().verifier()))

    assert verify_bundle(path.read_text(), keys.verifiers()).size == 11
    assert (alone.returncode, alone.stdout, alone.stderr) == (0, "7 entries hold, 2 to 8 of 11\n", "")


@pytest.mark.django_db
def test_without_a_trusted_key_the_stand_alone_verifier_says_what_that_means(bundle, tmp_path):
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    alone = run_alone(path)

    assert alone.returncode == 0
    assert "not who signed it" in alone.stderr


@pytest.mark.django_db
def test_the_stand_alone_verifier_names_the_first_break(bundle, tmp_path):
    bundle["entries"][3]["leaf"] = bundle["entries"][2]["leaf"]
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    alone = run_alone(path, "--key", str(keys.signer().verifier()))

    assert (alone.returncode, alone.stderr) == (1, "BROKEN: position 5: not in the signed tree\n")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', '"x"'])
def test_what_is_no_bundle_is_refused_without_a_traceback(tmp_path, text):
    path = tmp_path / "bundle.json"
    path.write_text(text)

    alone = run_alone(path)

    assert (alone.returncode, alone.stderr.count("\n")) == (1, 1)
    assert alone.stderr.startswith("BROKEN: ")
    with pytest.raises(Broken):
        verify_bundle(text, keys.verifiers())


@pytest.mark.django_db
def test_no_single_field_can_be_changed_unseen(bundle, standalone):
    trusted = [str(keys.signer().verifier())]
    unseen = []
    count = 0
    for what, changed in tampered(copy.deepcopy(bundle)):
        if harmless(what):
            continue
        count += 1
        try:
            verify_bundle(json.dumps(changed), keys.verifiers())
            unseen.append(f"here: {what}")
        except Broken:
            pass
        try:
            standalone.check(changed, trusted)
            unseen.append(f"alone: {what}")
        except (standalone.Broken, standalone.InvalidSignature, ValueError, TypeError, AttributeError):
            pass

    assert count > 300
    assert unseen == []


@pytest.mark.django_db
def test_a_forger_with_another_key_is_not_trusted(bundle, standalone, tmp_path):
    forger = Signer.from_seed(keys.signer().name, bytes(32))
    text = bundle["checkpoint"].rpartition("\n\n")[0] + "\n"
    forged = {
        **bundle,
        "checkpoint": forger.sign(text),
        "verifier_keys": [str(forger.verifier())],
        "earlier": [],
    }

    assert standalone.check(forged, None), "whole in itself"
    with pytest.raises(standalone.Broken, match="a key you do not trust"):
        standalone.check(forged, [str(keys.signer().verifier())])
    with pytest.raises(Broken, match="no known key"):
        verify_bundle(json.dumps(forged), keys.verifiers())


@pytest.mark.django_db
def test_checkpoints_from_before_a_key_rotation_hold_too(sealed, settings, standalone):
    sealed(3)
    settings.PORTAL_LEDGER_KEY = settings.PORTAL_LEDGER_KEY + "," + "A" * 43 + "="
    sealed(2)

    bundle = export_bundle(earlier=[3])

    assert len(bundle["verifier_keys"]) == 2
    assert verify_bundle(json.dumps(bundle), keys.verifiers()).size == 5
    assert standalone.check(bundle, bundle["verifier_keys"])


@pytest.mark.django_db
def test_a_bundle_of_a_ledger_that_was_rewritten_is_found(bundle, sealed, standalone):
    """The signed checkpoint of 3 belongs to another history than the one the bundle shows."""
    signer = keys.signer()
    origin, _size, root = bundle["checkpoint"].split("\n")[:3]
    bundle["earlier"][0]["checkpoint"] = signer.sign(f"{origin}\n3\n{root}\n")

    with pytest.raises(Broken, match="consistency"):
        verify_bundle(json.dumps(bundle), keys.verifiers())
    with pytest.raises(standalone.Broken, match="rewritten"):
        standalone.check(bundle, None)


@pytest.mark.django_db
@pytest.mark.parametrize("size", range(1, 18))
def test_every_range_of_every_small_ledger_holds_alone(sealed, standalone, size):
    sealed(*[1] * size)

    bundle = export_bundle(earlier=range(1, size + 1))

    assert standalone.check(bundle, None) == f"{size} entries hold, 0 to {size - 1} of {size}"


@pytest.mark.django_db
def test_a_range_that_is_not_there_is_not_exported(sealed):
    with pytest.raises(Conflict):
        export_bundle()
    sealed(3)
    for start, end in ((0, 4), (2, 2), (-1, 2), (3, 3)):
        with pytest.raises(Invalid):
            export_bundle(start, end)
    with pytest.raises(Invalid, match="earlier"):
        export_bundle(earlier=[2])


@pytest.mark.django_db
def test_the_command_exports_and_checks(sealed, tmp_path):
    sealed(4, 3)
    path, out = tmp_path / "bundle.json", StringIO()

    call_command(
        "verify_ledger", "--export", str(path), "--start", "1", "--end", "5", "--earlier", "4", stdout=out
    )
    call_command("verify_ledger", "--bundle", str(path), stdout=out)
    call_command("verify_ledger", "--bundle", str(path), "--key", str(keys.signer().verifier()), stdout=out)

    assert "4 entries written" in out.getvalue()
    assert out.getvalue().count("The bundle holds, under privacy.example.org/ledger with 7 entries.") == 2


@pytest.mark.django_db
def test_the_command_fails_on_a_changed_bundle_and_on_none(sealed, tmp_path):
    sealed(2)
    path = tmp_path / "bundle.json"
    call_command("verify_ledger", "--export", str(path), stdout=StringIO())
    path.write_text(path.read_text().replace('"position": 1', '"position": 0'))

    with pytest.raises(CommandError, match="First break: position 1: the entry names another position"):
        call_command("verify_ledger", "--bundle", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("verify_ledger", "--bundle", str(tmp_path / "none.json"))
    with pytest.raises(CommandError, match="verifier key"):
        call_command("verify_ledger", "--bundle", str(path), "--key", "nonsense")


def test_the_stand_alone_verifier_stays_short_and_alone():
    text = SCRIPT.read_text()

    assert text.count("\n") <= 150
    assert "django" not in text.lower()
    assert "privacy_portal" not in text
