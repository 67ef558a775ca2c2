"""The ledger over the API: an outsider with the checkpoint and a proof can check an entry."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from oauth2_provider.models import Application
from rest_framework.test import APIRequestFactory, force_authenticate

from privacy_portal.api import ledger
from privacy_portal.api.models import ServiceClient
from privacy_portal.ledger import keys, merkle
from privacy_portal.ledger.note import TreeHead, open_note
from privacy_portal.ledger.seal import seal

pytestmark = pytest.mark.django_db
VIEWS = {
    "checkpoint": ledger.CheckpointView,
    "entries": ledger.EntriesView,
    "inclusion": ledger.InclusionView,
    "consistency": ledger.ConsistencyView,
}


@pytest.fixture
def acme(controller):
    return controller()


@pytest.fixture
def ask(acme) -> Callable[..., Any]:
    """`ask("entries", start=0)` as a service of acme that may read the ledger."""
    application = Application.objects.create(
        name="audit", client_type="confidential", authorization_grant_type="client-credentials"
    )
    service = ServiceClient.objects.create(
        application=application, controller=acme, code="audit", scopes=["ledger:read"]
    )

    def get(view: str, scopes: frozenset[str] = frozenset({"ledger:read"}), **parameters: object) -> Any:
        request = APIRequestFactory().get(
            "/", {name.rstrip("_"): value for name, value in parameters.items()}
        )
        force_authenticate(request, user=service, token=scopes)
        answer = VIEWS[view].as_view()(request)
        return answer.render() if hasattr(answer, "render") else answer

    return get


def fetched_head(ask) -> TreeHead:
    answer = ask("checkpoint")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    return TreeHead.parse(open_note(answer.content.decode(), keys.verifiers()))


def decoded(proof: list[str]) -> list[bytes]:
    return [base64.b64decode(step) for step in proof]


def test_before_anything_is_sealed_there_is_no_checkpoint(ask):
    answer = ask("checkpoint")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_checkpoint_is_the_signed_note_as_text(ask, sealed):
    sealed(3, 2)

    head = fetched_head(ask)

    assert (head.origin, head.size) == (keys.signer().name, 5)


def test_every_entry_can_be_checked_with_what_the_api_serves(ask, acme, write, noon):
    write(5, controller_id=acme.pk)
    seal(now=noon)
    head = fetched_head(ask)

    for entry in ask("entries", start=0, end=5).data["entries"]:
        proof = ask("inclusion", position=entry["position"], size=head.size).data
        leaf = merkle.leaf_hash(base64.b64decode(entry["leaf"]))
        assert base64.b64encode(leaf).decode() == entry["leaf_hash"] == proof["leaf_hash"]
        merkle.verify_inclusion(leaf, entry["position"], head.size, decoded(proof["proof"]), head.root)


def test_the_ledger_can_be_seen_to_have_only_grown(ask, sealed):
    sealed(3)
    first = fetched_head(ask)
    sealed(4)
    second = fetched_head(ask)

    proof = decoded(ask("consistency", from_=3, to=7).data["proof"])

    merkle.verify_consistency(first.size, second.size, first.root, second.root, proof)


def test_an_entry_shows_its_leaf_bytes_and_what_they_say(ask, acme, write, noon):
    event = write(1, controller_id=acme.pk)[0]
    seal(now=noon)

    entry = ask("entries", start=0).data["entries"][0]

    assert base64.b64decode(entry["leaf"]) == event.leaf_bytes()
    assert entry["event"] == json.loads(event.leaf_bytes())
    assert entry["event"]["type"] == "consent_given"


def test_events_of_another_controller_are_shown_as_a_hash_only(ask, acme, controller, write, noon):
    write(1, controller_id=acme.pk)
    write(1, controller_id=controller(code="other").pk)
    write(1)
    seal(now=noon)

    entries = ask("entries", start=0).data["entries"]

    assert [entry["event"] is not None for entry in entries] == [True, False, False]
    assert [entry["leaf"] is not None for entry in entries] == [True, False, False]
    assert all(entry["leaf_hash"] for entry in entries)


def test_a_page_is_capped_and_ends_with_the_ledger(ask, sealed, monkeypatch):
    monkeypatch.setattr(ledger, "PAGE", 4)
    sealed(6)

    pages = [ask("entries", start=start, end=100).data for start in (0, 4, 8)]

    assert [[entry["position"] for entry in page["entries"]] for page in pages] == [[0, 1, 2, 3], [4, 5], []]
    assert {page["size"] for page in pages} == {6}


@pytest.mark.parametrize(
    ("view", "parameters", "named"),
    [
        ("entries", {}, "start"),
        ("entries", {"start": "x"}, "start"),
        ("entries", {"start": -1}, "start"),
        ("entries", {"start": "٣"}, "start"),
        ("entries", {"start": "9" * 30}, "start"),
        ("entries", {"start": 2, "end": 1}, "end"),
        ("inclusion", {"position": 0}, "size"),
        ("inclusion", {"position": 0, "size": 0}, "size"),
        ("inclusion", {"position": 0, "size": 4}, "size"),
        ("inclusion", {"position": 3, "size": 3}, "position"),
        ("consistency", {"from_": 1}, "to"),
        ("consistency", {"from_": 0, "to": 3}, "from"),
        ("consistency", {"from_": 3, "to": 2}, "from"),
        ("consistency", {"from_": 1, "to": 4}, "to"),
    ],
)
def test_bad_parameters_are_named(ask, sealed, view, parameters, named):
    sealed(3)

    answer = ask(view, **parameters)

    assert answer.status_code == 422
    assert json.loads(answer.content)["errors"][0]["pointer"] == f"#/{named}"


@pytest.mark.parametrize("view", VIEWS)
def test_without_the_scope_nothing_is_shown(ask, sealed, view):
    sealed(1)

    assert ask(view, scopes=frozenset({"consents:write"}), start=0).status_code == 403
