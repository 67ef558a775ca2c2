"""The systems of one controller: connection, activities, order, flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.actions.describe import describe_connection
from governance.actions.manifest.load_datasets import load_datasets
from governance.actions.manifest.sync import Sync
from governance.models import Flow, ProcessingActivity, Purpose, Recipient, System
from privacy_portal.fanout.models import Connection
from privacy_portal.ledger.catalogue import SystemRegistered
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.vocabulary import Actor

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What activities and flows may refer to."""

    purposes: Mapping[str, Purpose]
    recipients: Mapping[str, Recipient]


def load_systems(
    entry: Entry, controller: Controller, sync: Sync, known: Known, *, prune: bool, by: Actor
) -> dict[str, System]:
    systems = {}
    changed = set()
    for given in entry["systems"]:
        before = sync.changes.touched()
        system = systems[given["code"]] = _load_system(given, controller, sync)
        load_datasets(given, system, sync, prune=prune)
        _load_activities(given, system, sync, known, prune=prune)
        if sync.changes.touched() > before:
            changed.add(given["code"])
    for given in entry["systems"]:
        label = f"{controller.code}: system {given['code']}"
        before = sync.changes.touched()
        sync.bring_set(systems[given["code"]], "after", label, [systems[code] for code in given["after"]])
        if sync.changes.touched() > before or given["code"] in changed:
            _register(systems[given["code"]], given, by, sync)
    gone = (
        System.objects.in_use().filter(controller=controller).exclude(code__in=systems).order_by("code", "pk")
    )
    for system in gone:
        _retire(system, sync, prune=prune)
    return systems


def _register(system: System, given: Entry, by: Actor, sync: Sync) -> None:
    describe_connection(system_id=system.pk)
    fact = SystemRegistered(
        system_id=system.pk,
        system=system.code,
        connection_id=system.connection_id,
        datasets=len(given["datasets"]),
    )
    record(fact, controller_id=system.controller_id, by=by, now=sync.now)


def _retire(system: System, sync: Sync, *, prune: bool) -> None:
    sync.retire([system], f"{system.controller.code}: system ", {"retired_at": sync.now}, prune=prune)
    if prune:
        system.connection.retired_at = sync.now
        system.connection.save(update_fields=["retired_at"])


def _load_system(given: Entry, controller: Controller, sync: Sync) -> System:
    key = {"controller": controller, "code": given["code"]}
    label = f"{controller.code}: system {given['code']}"
    connection = _load_connection(given, key, sync)
    values = {
        "connection": connection,
        "name": given["name"],
        "kind": given["kind"],
        "country": given["country"],
        "owner_name": given["owner"].get("name", ""),
        "owner_team": given["owner"].get("team", ""),
        "retired_at": None,
    }
    known = System.objects.filter(**key).values_list("registered_at", flat=True).first()
    return sync.bring(System, label, key, {**values, "registered_at": known or sync.now})


def _load_connection(given: Entry, key: Entry, sync: Sync) -> Connection:
    """The way to the system. Its datasets are written later, from the register."""
    settings = given["connection"]
    known = Connection.objects.filter(**key).first()  # unique
    options = dict(settings.get("options", {}))
    if settings.get("url"):
        options["url"] = settings["url"]
    options["datasets"] = known.options.get("datasets", []) if known else []
    values = {
        "kind": given["kind"],
        "options": options,
        "group": given["group"],
        "timeout_seconds": settings.get("timeout_seconds", 30),
        "max_attempts": settings.get("max_attempts", 8),
        "answer_within_hours": settings.get("answer_within_hours", 72),
        "retired_at": None,
    }
    label = f"{key['controller'].code}: connection {given['code']}"
    connection = sync.bring(Connection, label, key, values)
    if connection.open_secret() != settings.get("secret", ""):
        connection.seal_secret(settings.get("secret", ""))
        connection.save(update_fields=["secret"])
        sync.changes.updated.append(f"{label} (secret)")
    return connection


def _load_activities(given: Entry, system: System, sync: Sync, known: Known, *, prune: bool) -> None:
    label = f"{system.controller.code}: {system.code} for "
    for stated in given["activities"]:
        activity = sync.bring(
            ProcessingActivity,
            f"{label}{stated['purpose']}",
            {"system": system, "purpose": known.purposes[stated["purpose"]]},
            {
                "does": stated["does"],
                "actions": _actions(stated["actions"]),
                "within_hours": stated["within_hours"],
                "retention": stated["retention"],
                "transfers": [
                    {"country": t["country"], "safeguard": t["safeguard"]} for t in stated["transfers"]
                ],
                "removed_at": None,
            },
        )
        recipients = [known.recipients[code] for code in stated["recipients"]]
        sync.bring_set(activity, "recipients", f"{label}{stated['purpose']}", recipients)
    codes = [stated["purpose"] for stated in given["activities"]]
    gone = (
        system.activities.filter(removed_at=None)
        .exclude(purpose__code__in=codes)
        .order_by("purpose__code", "pk")
    )
    sync.retire(gone.select_related("purpose"), label, {"removed_at": sync.now}, prune=prune)


def _actions(stated: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """By event type. A consent that runs out has the effect of a withdrawal unless the file says otherwise."""
    actions = {f"consent_{change}": codes for change, codes in stated.items()}
    if "consent_withdrawn" in actions:
        actions.setdefault("consent_expired", actions["consent_withdrawn"])
    return actions


def load_flows(
    entry: Entry,
    controller: Controller,
    sync: Sync,
    systems: Mapping[str, System],
    known: Known,
    *,
    prune: bool,
) -> None:
    kept = []
    for given in entry["flows"]:
        key = {
            "controller": controller,
            "source": systems[given["from"]],
            "system": systems.get(given["to"]),
            "recipient": known.recipients.get(given["to_recipient"]),
            "purpose": known.purposes.get(given["purpose"]),
        }
        label = f"{controller.code}: flow {given['from']} → {given['to'] or given['to_recipient']}"
        values = {"categories": given["categories"], "via": given["via"], "removed_at": None}
        kept.append(sync.bring(Flow, label, key, values).pk)
    gone = Flow.objects.filter(controller=controller, removed_at=None).exclude(pk__in=kept).order_by("pk")
    sync.retire(gone, f"{controller.code}: ", {"removed_at": sync.now}, prune=prune)
