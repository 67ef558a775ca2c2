"""Requests, complaints and consent in the EU, the United Kingdom and Switzerland."""

from __future__ import annotations

from datetime import date
from typing import Final

from privacy_portal.law.shapes import Counting, Rule

EU: Final = Counting(
    first_day="Reg. 1182/71 Art. 3(1); CJEU C-171/03 Toeters",
    month_end="Reg. 1182/71 Art. 3(2)(c)",
    shift="Reg. 1182/71 Art. 3(4)",
    hours="Reg. 1182/71 Art. 3(1), 3(2)(a)",
    two_days="Reg. 1182/71 Art. 3(5)",
)
UK: Final = Counting(
    first_day="ICO guidance on time limits since August 2019",
    month_end="ICO guidance on time limits",
    shift="ICO guidance on time limits",
)
SWISS: Final = Counting(first_day="DSV Art. 18", no_shift="DSV Art. 18 counts calendar days")
COMPLAINT: Final = Counting(
    first_day="ICO guidance on complaints: the 30 days begin on the day after receipt",
    no_shift="the ICO allows the next working day, the Act does not say so; the earlier day is kept",
)

_GDPR_RIGHTS: Final = (
    "access", "rectification", "erasure", "restriction", "portability", "objection", "human_review",
)  # fmt: skip
_GDPR_START: Final = date(2018, 5, 25)
_IDENTITY: Final = (
    "GDPR Art. 12(6), EDPB 01/2022: while proof of identity is awaited, if asked for without delay"
)

RULES: Final = (
    Rule(
        law="GDPR", clock="request", rights=_GDPR_RIGHTS, respond="P1M", extend="P2M", counting=EU,
        pauses=_IDENTITY, valid_from=_GDPR_START, source="GDPR Art. 12(3)",
        note="A refusal, too, must be told within one month, with the ways to complain (GDPR Art. 12(4)).",
    ),
    Rule(
        law="GDPR", clock="request", rights=("information",), deed="inform the person", respond="P1M",
        starts="obtaining the data", counting=EU, valid_from=_GDPR_START, source="GDPR Art. 14(3)(a)",
        note="Earlier if the person is written to, or the data disclosed, before that (GDPR Art. 14(3)(b), (c)).",
    ),
    Rule(
        law="GDPR", clock="consent_revocation", deed="stop the processing that rested on the consent",
        starts="withdrawal", counting=EU, valid_from=_GDPR_START, source="GDPR Art. 7(3)",
        note="The law names no number: withdrawing takes effect at once, and is as easy as giving.",
    ),
    Rule(
        law="UK GDPR", clock="request", rights=_GDPR_RIGHTS, respond="P1M", extend="P2M", counting=UK,
        pauses="ICO guidance: while a clarification of a large request is awaited", needs_review=True,
        confidence="medium", valid_from=_GDPR_START, valid_to=date(2019, 8, 14), source="UK GDPR Art. 12(3)",
        note="Until August 2019 the ICO counted from the day after receipt, one day later; "
        "the text of the law was the same, so the earlier day is kept.",
    ),
    Rule(
        law="UK GDPR", clock="request", rights=_GDPR_RIGHTS, respond="P1M", extend="P2M", counting=UK,
        pauses="ICO guidance: while a clarification of a large request is awaited",
        valid_from=date(2019, 8, 15), valid_to=date(2026, 2, 4), source="UK GDPR Art. 12(3)",
    ),
    Rule(
        law="UK GDPR", clock="request", rights=_GDPR_RIGHTS, respond="P1M", extend="P2M", counting=UK,
        starts="the relevant time (latest of the request, the proof of identity and the fee)",
        pauses="UK GDPR Art. 12A: while a reasonable clarification is awaited",
        valid_from=date(2026, 2, 5), source="UK GDPR Art. 12A (DUAA 2025 s. 76)",
    ),
    Rule(
        law="UK GDPR", clock="request", rights=("information",), deed="inform the person", respond="P1M",
        starts="obtaining the data", counting=UK, valid_from=_GDPR_START, source="UK GDPR Art. 14(3)(a)",
    ),
    Rule(
        law="UK DPA 2018", clock="complaint", deed="answer the complaint", starts="receipt of the complaint",
        acknowledge="P30D", counting=COMPLAINT, valid_from=date(2026, 6, 19),
        source="DPA 2018 s. 164A (DUAA 2025 s. 103)",
        note="The outcome is due without undue delay; looking into it begins on receipt, not after 30 days.",
    ),
    Rule(
        law="CH FADP", clock="request", rights=("access",), respond="P30D", counting=SWISS,
        valid_from=date(2023, 9, 1), source="DSV Art. 18", confidence="medium", needs_review=True,
        note="If 30 days do not suffice, tell the person by when the answer comes; the law names no number for it.",
    ),
    Rule(
        law="CNIL", clock="consent_reask", deed="ask again for a cookie choice (not before)", respond="P6M",
        starts="the choice", counting=Counting(first_day="CNIL recommendation on cookies 2020-092"),
        valid_from=date(2020, 10, 1), source="CNIL recommendation 2020-092", confidence="medium",
        needs_review=True, note="Good practice, for cookies only; the GDPR names no length of consent.",
    ),
    Rule(
        law="CNIL", clock="tracker_lifetime", deed="let an exempt audience tracker lapse", respond="P13M",
        starts="setting the tracker", counting=Counting(first_day="CNIL guidelines on cookies 2020-091"),
        valid_from=date(2020, 10, 1), source="CNIL guidelines 2020-091", confidence="medium",
        needs_review=True, note="For cookies only; not a lifetime of consent.",
    ),
)  # fmt: skip
