"""Requests, opt-outs and appeals in California, Brazil and Canada, and the California Delete Act."""

from __future__ import annotations

from datetime import date
from typing import Final

from privacy_portal.law.shapes import Counting, Rule

CALIFORNIA: Final = Counting(
    first_day="Cal. Civ. Code § 10",
    no_shift="calendar days; moving to the next business day is not assumed",
    business_days="Monday to Friday without California state holidays; 11 CCR does not define the term",
    saturday="Cal. Civ. Code §§ 7, 9 rest only on Sundays and listed holidays",
    home="US-CA",
)
BRAZIL: Final = Counting(
    first_day="LGPD counting: the day of the event is left out",
    no_shift="LGPD Art. 19 II counts calendar days",
    business_days="Res. CD/ANPD 15/2024; Monday to Friday without national holidays",
    home="BR",
)
CANADA: Final = Counting(first_day="PIPEDA s. 8(3)", no_shift="PIPEDA s. 8(3) counts calendar days")

_VERIFYING: Final = "The days run from receipt, whatever verification takes (11 CCR 7021(b))."
_ADMT: Final = date(2027, 1, 1)

RULES: Final = (
    Rule(
        law="CCPA", clock="request", rights=("access", "erasure", "rectification", "portability"),
        acknowledge="10 business days", respond="P45D", extend="P45D", counting=CALIFORNIA,
        valid_from=date(2023, 3, 29), source="11 CCR 7021",
        note=_VERIFYING + " At most 90 days in all; who is not verified within 45 days may be denied.",
    ),
    Rule(
        law="CCPA", clock="request", rights=("admt_access",), acknowledge="10 business days", respond="P45D",
        extend="P45D", counting=CALIFORNIA, valid_from=_ADMT, source="11 CCR 7021, 7222",
        confidence="medium", needs_review=True, note=_VERIFYING,
    ),
    Rule(
        law="CCPA", clock="opt_out", rights=("opt_out",), deed="stop selling and sharing",
        respond="15 business days", counting=CALIFORNIA, valid_from=date(2020, 8, 14),
        source="11 CCR 7026(f)",
        note="As soon as feasibly possible; an opt-out preference signal at once (11 CCR 7025); "
        "no verification; tell third parties; show the status since 1 January 2026.",
    ),
    Rule(
        law="CCPA", clock="opt_out", rights=("limit",), deed="limit the use of sensitive data",
        respond="15 business days", counting=CALIFORNIA, valid_from=date(2023, 3, 29),
        source="11 CCR 7027(g)",
        note="As soon as feasibly possible; no verification.",
    ),
    Rule(
        law="CCPA", clock="opt_out", rights=("human_review",), deed="stop the automated decision-making",
        respond="15 business days", counting=CALIFORNIA, valid_from=_ADMT, source="11 CCR 7221",
        confidence="medium", needs_review=True,
        note="Duties on automated decision-making apply from 1 January 2027.",
    ),
    Rule(
        law="CCPA", clock="consent_reask", deed="ask again for an opt-in (not before)", respond="P12M",
        starts="the opt-out", counting=CALIFORNIA, valid_from=date(2020, 1, 1),
        source="Cal. Civ. Code § 1798.135(c)(4)",
    ),
    Rule(
        law="CCPA", clock="record_keeping", deed="keep the record of the request (at least until)",
        respond="P24M", starts="the request", counting=CALIFORNIA, valid_from=date(2020, 8, 14),
        source="11 CCR 7101", confidence="medium", needs_review=True,
    ),
    Rule(
        law="CA Delete Act (data brokers)", clock="drop_access", deed="fetch the deletion list again",
        starts="the last access to the platform", respond="P45D", counting=CALIFORNIA,
        valid_from=date(2026, 8, 1), source="Cal. Civ. Code § 1798.99.86(c)",
    ),
    Rule(
        law="CA Delete Act (data brokers)", clock="request", rights=("erasure",),
        deed="delete the person's data",
        starts="receipt of the deletion list", respond="P45D", counting=CALIFORNIA,
        valid_from=date(2026, 8, 1), source="Cal. Civ. Code § 1798.99.86(c)-(d)",
    ),
    Rule(
        law="LGPD", clock="request", rights=("access",), deed="give the full declaration", respond="P15D",
        counting=BRAZIL, valid_from=date(2020, 9, 18), source="LGPD Art. 19 II",
        note="A simplified confirmation is due at once (LGPD Art. 19 I).",
    ),
    Rule(
        law="LGPD", clock="request",
        rights=("rectification", "erasure", "restriction", "portability", "objection"),
        counting=BRAZIL, valid_from=date(2020, 9, 18), source="LGPD Art. 18 §§ 3-5", confidence="medium",
        needs_review=True, note="The law names no number: at once, or say why that is not possible.",
    ),
    Rule(
        law="PIPEDA (CA)", clock="request", rights=("access",), respond="P30D", extend="P30D",
        counting=CANADA,
        valid_from=date(2004, 1, 1), source="PIPEDA s. 8(3)-(4)", confidence="medium", needs_review=True,
    ),
)  # fmt: skip
