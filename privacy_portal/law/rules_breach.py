"""Breach clocks: authorities, people, attorney general; and proposals, which count for nothing yet."""

from __future__ import annotations

from datetime import date
from typing import Final

from privacy_portal.law.rules_america import BRAZIL, CALIFORNIA
from privacy_portal.law.rules_europe import EU
from privacy_portal.law.shapes import Counting, Rule

UK_HOURS: Final = Counting(first_day="ICO guidance on breaches")

_GDPR: Final = date(2018, 5, 25)
_SB446: Final = date(2026, 1, 1)
_NIS2: Final = date(2024, 10, 18)
_DORA: Final = date(2025, 1, 17)
_ANPD: Final = date(2024, 4, 26)
_AWARE: Final = "becoming aware"
_REASONS: Final = (
    "Later than that only with reasons for the delay (Art. 33(1)); in phases if need be (Art. 33(4))."
)
_NO_NUMBER: Final = "The law names no number: without undue delay."
_NOON: Final = "A due time on a weekend or bank holiday may be met by noon of the next working day, not by all " \
    "entities (RTS 2025/301 Art. 5); the alarm does not wait for that."  # fmt: skip

RULES: Final = (
    Rule(law="GDPR", clock="breach_authority", deed="notify the supervisory authority", starts=_AWARE,
         respond="PT72H", counting=EU, valid_from=_GDPR, source="GDPR Art. 33(1)", note=_REASONS),
    Rule(law="GDPR", clock="breach_people", deed="tell the people concerned", starts=_AWARE, counting=EU,
         valid_from=_GDPR, source="GDPR Art. 34(1)", note=_NO_NUMBER + " Only if a high risk is likely."),
    Rule(law="GDPR", clock="breach_processor", deed="tell the controller", starts=_AWARE, counting=EU,
         valid_from=_GDPR, source="GDPR Art. 33(2)", note=_NO_NUMBER),
    Rule(law="UK GDPR", clock="breach_authority", deed="notify the Information Commission", starts=_AWARE,
         respond="PT72H", counting=UK_HOURS, valid_from=_GDPR, source="UK GDPR Art. 33(1)", note=_REASONS),
    Rule(law="UK GDPR", clock="breach_people", deed="tell the people concerned", starts=_AWARE,
         counting=UK_HOURS,
         valid_from=_GDPR, source="UK GDPR Art. 34(1)", note=_NO_NUMBER + " Only if a high risk is likely."),
    Rule(law="UK GDPR", clock="breach_processor", deed="tell the controller", starts=_AWARE,
         counting=UK_HOURS,
         valid_from=_GDPR, source="UK GDPR Art. 33(2)", note=_NO_NUMBER),
    Rule(law="UK PECR", clock="breach_authority", deed="notify the Information Commission", starts=_AWARE,
         respond="PT24H", counting=UK_HOURS, valid_from=date(2013, 8, 25), valid_to=date(2025, 8, 19),
         source="Reg. 611/2013 Art. 2(2)", confidence="medium", needs_review=True),
    Rule(law="UK PECR", clock="breach_authority", deed="notify the Information Commission", starts=_AWARE,
         respond="PT72H", counting=UK_HOURS, valid_from=date(2025, 8, 20),
         source="PECR reg. 5A (DUAA 2025 s. 111)"),
    Rule(law="EU telecom", clock="breach_authority", deed="notify the national authority", starts="detection",
         respond="PT24H", counting=EU, valid_from=date(2013, 8, 25), source="Reg. 611/2013 Art. 2(2)",
         confidence="medium", needs_review=True, note="Only providers of public communications services."),
    Rule(law="CA Civ Code 1798.82", clock="breach_people", deed="tell the residents concerned",
         starts="discovery or notification", respond="P30D", counting=CALIFORNIA, valid_from=_SB446,
         source="Cal. Civ. Code § 1798.82(a) (SB 446)",
         note="Delay only for law enforcement, or to find the scope and restore integrity."),
    Rule(law="CA Civ Code 1798.82", clock="breach_attorney_general",
         deed="send the Attorney General a sample",
         starts="telling the residents", respond="P15D", counting=CALIFORNIA, valid_from=_SB446,
         source="Cal. Civ. Code § 1798.82(f) (SB 446)", note="Only if more than 500 residents were told."),
    Rule(law="LGPD", clock="breach_authority", deed="notify the ANPD", starts=_AWARE,
         respond="3 business days",
         counting=BRAZIL, valid_from=_ANPD, source="Res. CD/ANPD 15/2024 Art. 6"),
    Rule(law="LGPD", clock="breach_authority", rights=("small_agent",), deed="notify the ANPD (small agent)",
         starts=_AWARE, respond="6 business days", counting=BRAZIL, valid_from=_ANPD,
         source="Res. CD/ANPD 15/2024 Art. 6"),
    Rule(law="LGPD", clock="breach_authority", rights=("complement",), deed="complete the notice to the ANPD",
         starts="the notice", respond="20 business days", counting=BRAZIL, valid_from=_ANPD,
         source="Res. CD/ANPD 15/2024 Art. 6"),
    Rule(law="LGPD", clock="breach_people", deed="tell the people concerned", starts=_AWARE,
         respond="3 business days", counting=BRAZIL, valid_from=_ANPD, source="Res. CD/ANPD 15/2024 Art. 9"),
    Rule(law="LGPD", clock="breach_people", rights=("small_agent",),
         deed="tell the people concerned (small agent)",
         starts=_AWARE, respond="6 business days", counting=BRAZIL, valid_from=_ANPD,
         source="Res. CD/ANPD 15/2024 Art. 9"),
    Rule(law="NIS2", clock="breach_authority", rights=("early_warning",), deed="send the early warning",
         starts=_AWARE, respond="PT24H", counting=EU, valid_from=_NIS2,
         source="Dir. 2022/2555 Art. 23(4)(a)"),
    Rule(law="NIS2", clock="breach_authority", rights=("notification",),
         deed="send the incident notification",
         starts=_AWARE, respond="PT72H", counting=EU, valid_from=_NIS2,
         source="Dir. 2022/2555 Art. 23(4)(b)"),
    Rule(law="NIS2", clock="breach_authority", rights=("final_report",), deed="send the final report",
         starts="the incident notification", respond="P1M", counting=EU, valid_from=_NIS2,
         source="Dir. 2022/2555 Art. 23(4)(d)"),
    Rule(law="DORA", clock="breach_authority", rights=("initial",), deed="send the initial notification",
         starts=_AWARE, respond="PT24H", counting=EU, valid_from=_DORA,
         source="Reg. 2022/2554 Art. 19, RTS 2025/301 Art. 5", note=_NOON),
    Rule(law="DORA", clock="breach_authority", rights=("classification",),
         deed="send the initial notification",
         starts="classifying the incident as major", respond="PT4H", counting=EU, valid_from=_DORA,
         source="Reg. 2022/2554 Art. 19, RTS 2025/301 Art. 5",
         note="At most 24 hours after becoming aware, whichever comes first. " + _NOON),
    Rule(law="DORA", clock="breach_authority", rights=("intermediate",), deed="send the intermediate report",
         starts="the initial notification", respond="PT72H", counting=EU, valid_from=_DORA,
         source="Reg. 2022/2554 Art. 19, RTS 2025/301 Art. 5", note=_NOON),
    Rule(law="DORA", clock="breach_authority", rights=("final_report",), deed="send the final report",
         starts="the intermediate report", respond="P1M", counting=EU, valid_from=_DORA,
         source="Reg. 2022/2554 Art. 19, RTS 2025/301 Art. 5", note=_NOON),
)  # fmt: skip

# Not law: shown to whoever plans ahead, never found by `rules.find`. `valid_from` is the day it was proposed.
PROPOSALS: Final = (
    Rule(law="GDPR", clock="breach_authority", deed="notify the single entry point", starts=_AWARE,
         respond="PT96H", counting=EU, valid_from=date(2025, 11, 19), source="Digital Omnibus, COM proposal",
         confidence="low", needs_review=True, note="Only if a high risk is likely; not adopted."),
)  # fmt: skip
