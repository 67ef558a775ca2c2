"""Erasure exceptions and the items of an access answer against the tables they were made from."""

import json
from datetime import date
from pathlib import Path

from privacy_portal.law import rights

VECTORS = Path(__file__).parent / "vectors"
EXCEPTIONS = json.loads((VECTORS / "erasure_exceptions.json").read_text())
ACCESS = json.loads((VECTORS / "art15.json").read_text())
TODAY = date(2026, 11, 21)


def articles(provisions, law: str) -> list[str]:
    return [provision.article for provision in rights.in_force(provisions, law=law, on=TODAY)]


def test_every_ground_and_exception_of_erasure_is_there():
    grounds = [f"GDPR Art. 17(1)({letter})" for letter in EXCEPTIONS["gdpr_17_1"]]
    exceptions = [f"GDPR Art. 17(3)({letter})" for letter in EXCEPTIONS["gdpr_17_3"]]

    assert articles(rights.ERASURE_GROUNDS, "GDPR") == grounds
    assert articles(rights.ERASURE_EXCEPTIONS, "GDPR") == exceptions
    assert len(articles(rights.ERASURE_EXCEPTIONS, "CCPA")) == len(EXCEPTIONS["ccpa_1798_105_d"]) == 8


def test_every_item_of_an_access_answer_is_there():
    items = ["GDPR Art. 15(1)", *(f"GDPR Art. {item}" for item in ACCESS["items"])]

    assert articles(rights.ACCESS_ITEMS, "GDPR") == items
    assert len(articles(rights.ACCESS_ITEMS, "UK GDPR")) == len(items)


def test_a_provision_not_yet_in_force_is_not_cited():
    before = rights.in_force(rights.ERASURE_EXCEPTIONS, law="CCPA", on=date(2022, 12, 31))

    assert before == []


def test_numbers_that_are_never_disclosed_are_named():
    assert "social security number" in [provision.says for provision in rights.NEVER_DISCLOSED]
