"""The rule table against the summary tables it was made from, and the question asked of it."""

import json
from datetime import date
from pathlib import Path

import pytest

from privacy_portal.errors import Invalid
from privacy_portal.law import names, rules
from privacy_portal.law.rules_breach import PROPOSALS
from privacy_portal.law.shapes import CLOCKS
from privacy_portal.law.spans import Span

VECTORS = Path(__file__).parent / "vectors"
REQUESTS = json.loads((VECTORS / "dsr_rules.json").read_text())
BREACHES = json.loads((VECTORS / "breach_rules.json").read_text())
FAR = date(2030, 1, 1)
STATES = [row for row in REQUESTS if row["calendar"] == "calendar days after receipt"]


@pytest.mark.parametrize("row", STATES, ids=lambda row: f"{row['law']}: {row['reference']}")
def test_a_state_row_carries_the_numbers_of_the_table(row):
    rule = rules.find(row["law"], "request", "access", FAR)
    appeals = rules.of(rule.law, "appeal")

    assert (rule.respond, rule.extend) == (row["respond"], row["extension"])
    assert rule.valid_from.isoformat() == row["in_force_since"]
    assert rule.needs_review == (not row["confidence"].startswith("high"))
    assert appeal_in_words(appeals) == row["appeal"]


def appeal_in_words(appeals) -> str | None:
    if not appeals:
        return None
    decide, extend = appeals[0].respond, appeals[0].extend
    return str(Span.parse(decide)) + (f", +{Span.parse(extend).count}" if extend else "")


@pytest.mark.parametrize("name", sorted({row["law"] for row in REQUESTS + BREACHES}))
def test_every_law_of_the_tables_is_known_by_the_name_it_has_there(name):
    law = names.law(name)

    assert any(rule.law == law for rule in rules.RULES)


@pytest.mark.parametrize(
    ("written", "law"),
    [
        ("eu-gdpr", "GDPR"),
        ("CPRA", "CCPA"),
        ("CA Civ 1798.82", "CA Civ Code 1798.82"),
        ("CA Delete Act", "CA Delete Act (data brokers)"),
        ("pipeda", "PIPEDA (CA)"),
        ("Virginia", "VA VCDPA"),
    ],
)
def test_a_law_is_found_by_other_names_people_write(written, law):
    assert names.law(written) == law


@pytest.mark.parametrize(
    ("law", "clock", "right", "respond", "extend"),
    [
        pytest.param("CO CPA", "appeal", None, "P45D", "P60D", id="C.R.S. 6-1-1306(3)"),
        pytest.param("MN MCDPA", "appeal", None, "P45D", "P60D", id="Minn. Stat. 325M.14"),
        pytest.param(
            "CCPA", "request", "limit", "15 business days", "", id="11 CCR 7027(g), asked as request"
        ),
        pytest.param("CCPA", "breach_people", None, "P30D", "", id="Civ. Code 1798.82(a), asked as CCPA"),
        pytest.param("CCPA", "breach_attorney_general", None, "P15D", "", id="Civ. Code 1798.82(f)"),
        pytest.param("LGPD", "breach_authority", "small_agent", "6 business days", "", id="Res. 15/2024"),
        pytest.param("NIS2", "breach_authority", None, "PT24H", "", id="NIS2 Art. 23(4)(a) comes first"),
        pytest.param("NIS2", "breach_authority", "final_report", "P1M", "", id="NIS2 Art. 23(4)(d)"),
        pytest.param("DORA", "breach_authority", "classification", "PT4H", "", id="RTS 2025/301 Art. 5"),
        pytest.param("UK PECR", "breach_authority", None, "PT72H", "", id="DUAA s. 111"),
        pytest.param("IA ICDPA", "request", "erasure", "P90D", "P45D", id="Iowa Code 715D.3"),
    ],
)
def test_the_row_in_force_is_found(law, clock, right, respond, extend):
    rule = rules.find(law, clock, right, date(2027, 6, 1))

    assert (rule.respond, rule.extend) == (respond, extend)


def test_a_complaint_under_uk_gdpr_is_found_in_the_act_where_it_stands():
    rule = rules.find("UK GDPR", "complaint", None, date(2026, 6, 19))

    assert (rule.law, rule.acknowledge) == ("UK DPA 2018", "P30D")


@pytest.mark.parametrize(
    ("day", "source"),
    [("2026-02-04", "UK GDPR Art. 12(3)"), ("2026-02-05", "UK GDPR Art. 12A (DUAA 2025 s. 76)")],
)
def test_the_rule_is_the_one_valid_on_the_start_day(day, source):
    assert rules.find("UK GDPR", "request", "access", date.fromisoformat(day)).source == source


@pytest.mark.parametrize(
    ("law", "clock", "right", "day", "says"),
    [
        ("VT VDPOSA", "request", None, "2027-12-31", "applies from Saturday 1 January 2028"),
        ("UT UCPA", "request", "correct", "2026-06-30", "applies from Wednesday 1 July 2026"),
        ("GDPR", "request", None, "2018-05-24", "applies from Friday 25 May 2018"),
        ("CA Delete Act", "drop_access", None, "2026-07-31", "applies from Saturday 1 August 2026"),
    ],
)
def test_a_law_not_yet_in_force_says_from_when_it_is(law, clock, right, day, says):
    with pytest.raises(rules.NotInForce, match=says):
        rules.find(law, clock, right, date.fromisoformat(day))


@pytest.mark.parametrize(
    ("law", "clock", "right", "field", "says"),
    [
        ("GPDR", "request", None, "law", "did you mean GDPR"),
        ("GDPR", "requets", None, "clock", "did you mean request"),
        ("GDPR", "appeal", None, "clock", "it has request"),
        ("GDPR", "request", "acess", "right", "did you mean access"),
        ("IA ICDPA", "request", "rectification", "right", "it has one for access"),
        ("UT UCPA", "appeal", None, "clock", "has no appeal clock"),
    ],
)
def test_an_unknown_combination_names_the_field_and_the_fix(law, clock, right, field, says):
    with pytest.raises(Invalid, match=says) as caught:
        rules.find(law, clock, right, FAR)

    assert caught.value.field == field


def test_every_row_can_be_read_and_names_its_source():
    for rule in rules.RULES + PROPOSALS:
        spans = [Span.parse(text) for text in (rule.respond, rule.extend, rule.acknowledge) if text]
        assert all(span.count > 0 for span in spans)
        assert rule.source
        assert rule.clock in CLOCKS
        assert names.law(rule.law) == rule.law
        assert all(names.right(right) == right for right in rule.rights)
        assert rule.needs_review == (rule.confidence != "high")


def test_the_versions_of_a_rule_never_overlap():
    for rule in rules.RULES:
        same = [row for row in rules.of(rule.law, rule.clock) if row.rights == rule.rights]
        for day in (rule.valid_from, rule.valid_to):
            assert day is None or sum(row.in_force(day) for row in same) == 1


def test_a_proposal_is_never_found():
    assert all(proposal not in rules.RULES for proposal in PROPOSALS)
    assert rules.find("GDPR", "breach_authority", None, FAR).respond == "PT72H"
