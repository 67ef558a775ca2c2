"""Loads a manifest into the register: all of it or nothing, and a second time changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from governance.actions.manifest.checks import read_manifest
from governance.actions.manifest.load_systems import Known, load_flows, load_systems
from governance.actions.manifest.sync import Changes, Sync
from governance.models import Purpose, Recipient
from privacy_portal.ledger.catalogue import PurposeRegistered
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.vocabulary import Actor

Entry = dict[str, Any]


@transaction.atomic
def load_manifest(*, text: str, environ: Mapping[str, str], prune: bool, by: Actor, now: datetime) -> Changes:
    """Bring the register into step with a manifest. `environ` gives the values of `${…}` references.

    With `prune`, what a controller of the file has but the file does not name is retired; otherwise it is only
    listed. Raises ManifestRefused with every problem, before anything is written.
    """
    sync = Sync(now)
    for entry in read_manifest(text, environ):
        controller = _load_controller(entry, sync)
        recipients = _load_recipients(entry, controller, sync)
        purposes = _load_purposes(entry, controller, sync, prune=prune, by=by)
        known = Known(purposes, recipients)
        systems = load_systems(entry, controller, sync, known, prune=prune, by=by)
        load_flows(entry, controller, sync, systems, known, prune=prune)
    return sync.changes


def _load_controller(entry: Entry, sync: Sync) -> Controller:
    values = {
        name: entry[name] for name in ("name", "country", "calendar", "time_zone", "languages", "mail_from")
    }
    return sync.bring(
        Controller,
        f"controller {entry['code']}",
        {"code": entry["code"]},
        {
            **values,
            "address": entry["address"],
            "access_review": entry["access_review"],
            "dpo_name": entry["officer"].get("name", ""),
            "dpo_email": entry["officer"].get("email", ""),
            "authority_name": entry["authority"].get("name", ""),
            "authority_url": entry["authority"].get("url", ""),
        },
    )


def _load_recipients(entry: Entry, controller: Controller, sync: Sync) -> dict[str, Recipient]:
    return {
        given["code"]: sync.bring(
            Recipient,
            f"{controller.code}: recipient {given['code']}",
            {"controller": controller, "code": given["code"]},
            {name: given[name] for name in ("name", "kind", "country", "safeguard")},
        )
        for given in entry["recipients"]
    }


def _load_purposes(
    entry: Entry, controller: Controller, sync: Sync, *, prune: bool, by: Actor
) -> dict[str, Purpose]:
    loaded = {}
    for given in entry["purposes"]:
        before = sync.changes.touched()
        purpose = loaded[given["code"]] = sync.bring(
            Purpose,
            f"{controller.code}: purpose {given['code']}",
            {"controller": controller, "code": given["code"]},
            _purpose_values(given),
        )
        if sync.changes.touched() > before:
            fact = PurposeRegistered(
                purpose_id=purpose.pk, purpose=purpose.code, legal_basis=purpose.legal_basis
            )
            record(fact, controller_id=controller.pk, by=by, now=sync.now)
    gone = (
        Purpose.objects.live().filter(controller=controller).exclude(code__in=loaded).order_by("code", "pk")
    )
    sync.retire(gone, f"{controller.code}: purpose ", {"is_live": False}, prune=prune)
    return loaded


def _purpose_values(given: Entry) -> Entry:
    return {
        "names": given["name"],
        "texts": given["text"],
        "legal_basis": given["legal_basis"],
        "special_condition": given["special_condition"],
        "interest": given["interest"],
        "categories": given["categories"],
        "cessation_hours": given["stop_within_hours"],
        "is_live": given["live"],
    }
