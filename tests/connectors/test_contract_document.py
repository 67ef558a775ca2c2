"""docs/connector_contract.md says what is sent and understood: its examples are held to the code."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from privacy_portal.connectors.base import Kept
from privacy_portal.connectors.dataset import parse
from privacy_portal.connectors.wire.answers import PROBLEM_CODES, outcome_of
from privacy_portal.connectors.wire.requests import body_of
from tests.connectors.world import ANN, NOON, order

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "connector_contract.md").read_text()


def example(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_request_of_the_document_is_the_one_we_send():
    (written,) = example("json request")
    asked = order(
        "erase",
        ANN,
        key="a7551968-d5d6-44b2-9831-815ac9017798",
        cause="request:5b0f",
        instructions={"right": "erasure"},
        callback_url="https://portal.example/api/v1/inbox/acme/marketing",
        deadline=datetime(2026, 12, 21, 12, 0, tzinfo=UTC),
    )

    assert json.loads(body_of(asked, at=NOON, callback=True)) == json.loads(written)


def test_the_answer_of_the_document_is_understood():
    (written,) = example("json answer")

    outcome = outcome_of(written.encode())

    (dataset,) = outcome.datasets
    assert dataset.grounds == (Kept("address", 1, "Proof of consent", "GDPR Art. 17(3)(e)", "2029-11-21"),)
    assert dataset.found == dataset.erased + dataset.changed + dataset.kept + dataset.left
    assert outcome.rows_left == 0


def test_the_export_of_the_document_counts_its_own_lines():
    *records, end = [json.loads(line) for line in example("ndjson")[0].strip().split("\n")]

    assert end == {"end": True, "rows": len(records)}


def test_the_description_of_the_document_can_be_used():
    described, beside = (yaml.safe_load(each) for each in example("yaml"))
    accounts = {"name": "accounts", "key": "id", "fields": [{"name": "name", "category": "identity"}]}

    datasets = parse({**beside, "datasets": [*described["datasets"], accounts]})

    assert [dataset.name for dataset in datasets] == ["accounts", "invoices"]


@pytest.mark.parametrize("code", sorted(PROBLEM_CODES))
def test_every_code_we_repeat_is_in_the_document(code):
    assert f"`{code}`" in TEXT
