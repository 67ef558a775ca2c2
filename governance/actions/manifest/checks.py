"""What must hold across a manifest: unique codes, known references, no circles, a ground for everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.actions.manifest.datasets import check_datasets
from governance.actions.manifest.order import circle
from governance.actions.manifest.reading import Path, Reading
from governance.actions.manifest.schema import MANIFEST
from governance.actions.manifest.secrets import resolve_connection
from privacy_portal.vocabulary import DataCategory, LegalBasis

Entry = dict[str, Any]


def read_manifest(text: str, environ: Mapping[str, str]) -> list[Entry]:
    """The controllers of a manifest, complete and checked. Raises ManifestRefused with every problem there is."""
    reading = Reading(text)
    manifest = MANIFEST(reading.value, (), reading)
    # Cross-checks lean on the shape; with a broken shape they would only repeat its problems.
    reading.refuse_if_wrong()
    _check_unique(manifest["controllers"], "code", reading)
    for controller in manifest["controllers"]:
        _check_controller(controller, reading, environ)
    reading.refuse_if_wrong()
    return list(manifest["controllers"])


def _check_controller(controller: Entry, reading: Reading, environ: Mapping[str, str]) -> None:
    for part in ("systems", "purposes", "recipients"):
        _check_unique(controller[part], "code", reading)
    for purpose in controller["purposes"]:
        _check_purpose(purpose, controller["languages"][0], reading)
    for system in controller["systems"]:
        _check_system(system, controller, reading, environ)
    _check_order(controller["systems"], reading)
    for flow in controller["flows"]:
        _check_flow(flow, controller, reading)


def _check_purpose(purpose: Entry, language: str, reading: Reading) -> None:
    path = purpose["_path"]
    for part in ("name", "text"):
        if language not in purpose[part]:
            fix = f"Add `{language}: …`."
            reading.wrong((*path, part), f"the controller's first language '{language}' is missing", fix)
    if set(purpose["name"]) != set(purpose["text"]):
        reading.wrong(
            (*path, "text"), "name and text are not in the same languages", "Give both in each language."
        )
    special = [code for code in purpose["categories"] if DataCategory(code).is_special]
    if special and not purpose["special_condition"]:
        fix = "Add `special_condition: Art. 9(2)(…)`."
        reading.wrong(
            path, f"special categories ({', '.join(special)}) need a condition of GDPR Art. 9(2)", fix
        )
    if purpose["legal_basis"] == LegalBasis.LEGITIMATE_INTERESTS and not purpose["interest"]:
        reading.wrong(path, "the legitimate interest is not named (GDPR Art. 13(1)(d))", "Add `interest: …`.")


def _check_system(system: Entry, controller: Entry, reading: Reading, environ: Mapping[str, str]) -> None:
    _check_unique(system["datasets"], "name", reading)
    for dataset in system["datasets"]:
        _check_unique(dataset["fields"], "name", reading)
    check_datasets(system, reading)
    if system["connection"]:
        system["connection"] = resolve_connection(system["connection"], reading, environ)
    if system["kind"] in ("sql", "http") and not system["connection"].get("url"):
        reading.wrong(
            system["_path"], f"a {system['kind']} system needs an address", "Add `connection: {url: …}`."
        )
    _check_unique(system["activities"], "purpose", reading)
    for activity in system["activities"]:
        _check_activity(activity, controller, reading)


def _check_activity(activity: Entry, controller: Entry, reading: Reading) -> None:
    path = activity["_path"]
    purposes = {purpose["code"]: purpose for purpose in controller["purposes"]}
    _check_known((*path, "purpose"), activity["purpose"], purposes, "purpose", reading)
    recipients = {recipient["code"] for recipient in controller["recipients"]}
    for number, code in enumerate(activity["recipients"]):
        _check_known((*path, "recipients", number), code, recipients, "recipient", reading)
    purpose = purposes.get(activity["purpose"])
    if purpose and purpose["legal_basis"] == LegalBasis.CONSENT and not activity["actions"].get("withdrawn"):
        fix = "Add `actions: {withdrawn: [stop_processing]}`."
        reading.wrong(path, "nothing says what happens here when consent is withdrawn (GDPR Art. 7(3))", fix)


def _check_order(systems: list[Entry], reading: Reading) -> None:
    codes = {system["code"] for system in systems}
    for system in systems:
        for number, code in enumerate(system["after"]):
            _check_known((*system["_path"], "after", number), code, codes, "system", reading)
    around = circle({system["code"]: system["after"] for system in systems})
    for system in systems:
        if system["code"] in around:
            wrong = f"these systems wait for each other: {', '.join(around)}"
            reading.wrong((*system["_path"], "after"), wrong, "Drop one `after`.")
            return


def _check_flow(flow: Entry, controller: Entry, reading: Reading) -> None:
    path = flow["_path"]
    systems = {system["code"] for system in controller["systems"]}
    _check_known((*path, "from"), flow["from"], systems, "system", reading)
    if bool(flow["to"]) == bool(flow["to_recipient"]):
        reading.wrong(path, "a flow has one end", "Give either `to` (a system) or `to_recipient`.")
    if flow["to"]:
        _check_known((*path, "to"), flow["to"], systems, "system", reading)
    if flow["to_recipient"]:
        recipients = {recipient["code"] for recipient in controller["recipients"]}
        _check_known((*path, "to_recipient"), flow["to_recipient"], recipients, "recipient", reading)
    if flow["purpose"]:
        purposes = {purpose["code"] for purpose in controller["purposes"]}
        _check_known((*path, "purpose"), flow["purpose"], purposes, "purpose", reading)


def _check_known(path: Path, code: str, known: Any, what: str, reading: Reading) -> None:
    if code not in known:
        reading.wrong(path, f"there is no {what} '{code}'", f"Known: {', '.join(sorted(known)) or 'none'}.")


def _check_unique(entries: list[Entry], key: str, reading: Reading) -> None:
    seen: dict[str, int] = {}
    for entry in entries:
        code = entry[key]
        if code in seen:
            wrong = f"'{code}' is already described in line {seen[code]}"
            reading.wrong((*entry["_path"], key), wrong, "Give it another name, or merge the two.")
        seen.setdefault(code, reading.line(entry["_path"]))
