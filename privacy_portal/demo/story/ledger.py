"""Everything that happened is sealed, and anybody can check it without us."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command

from privacy_portal.demo.processes import ROOT
from privacy_portal.demo.story.stage import Stage, check
from privacy_portal.ledger import keys, seal, verify

_VERIFIER = ROOT / "docs" / "verify_ledger.py"


def prove(stage: Stage) -> str:
    seal.seal(now=stage.now())
    report = verify.verify()
    check(report.holds, f"first break: {report.first_break}, unprotected: {report.unprotected}")
    check(report.unsealed == 0, f"{report.unsealed} events are not sealed")

    file = stage.places.folder / "bundle.json"
    call_command("verify_ledger", export=file, verbosity=0, stdout=sys.stderr)
    bundle = json.loads(file.read_text())
    check(_by_itself(file) == 0, "docs/verify_ledger.py does not accept the exported bundle")
    check(
        _by_itself(_tampered(bundle, stage.places.folder / "tampered.json")) != 0,
        "a changed entry went unnoticed",
    )
    _check_nobody_named(stage, bundle)
    sealed = f"{report.size} entries under {report.checkpoints} signed checkpoints"
    return f"{sealed}; the bundle holds outside, a changed one does not"


def _by_itself(file: Path) -> int:
    """The stand-alone verifier in a process that knows nothing of Django; its exit code."""
    trusted = [part for verifier in keys.verifiers() for part in ("--key", str(verifier))]
    command = [sys.executable, "-I", str(_VERIFIER), str(file), *trusted]
    return subprocess.run(command, capture_output=True, check=False, env={}).returncode


def _tampered(bundle: dict[str, Any], file: Path) -> Path:
    """The same bundle, one entry telling another story."""
    entry = bundle["entries"][len(bundle["entries"]) // 2]
    leaf = base64.b64decode(entry["leaf"])
    changed = {**entry, "leaf": base64.b64encode(leaf.replace(b"20", b"21", 1)).decode()}
    entries = [changed if each is entry else each for each in bundle["entries"]]
    file.write_text(json.dumps({**bundle, "entries": entries}))
    return file


def _check_nobody_named(stage: Stage, bundle: dict[str, Any]) -> None:
    """No address, phone or customer number of anybody stands in the ledger."""
    text = b"\n".join(base64.b64decode(entry["leaf"]) for entry in bundle["entries"]).decode()
    named = [
        person.customer_id
        for person in stage.people
        if any(word in text for word in (person.email, person.phone, person.customer_id, person.device_id))
    ]
    check(not named, f"the ledger names {len(named)} people, such as {named[:2]}")
