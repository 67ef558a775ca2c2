"""The other states of the United States: one shape, forty-five days, with each state's own numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Final

from privacy_portal.law.shapes import Counting, Rule

STATE: Final = Counting(
    first_day="calendar days after receipt",
    no_shift="calendar days; no state act moves the last day, so it stays",
)
_COMMON: Final = ("access", "erasure", "portability")
_ALL: Final = (*_COMMON, "rectification")


def _state(
    law: str, valid_from: date, source: str, *, rights: tuple[str, ...] = _ALL, respond: str = "P45D",
    extend: str = "P45D", appeal: str = "P60D", appeal_extend: str = "", sure: bool = True,
    appeal_sure: bool = True, note: str = "",
) -> tuple[Rule, ...]:  # fmt: skip
    """The request, the opt-out and, unless `appeal` is empty, the appeal row of one state."""
    request = Rule(
        law=law, clock="request", rights=rights, respond=respond, extend=extend, counting=STATE,
        valid_from=valid_from, source=source, note=note, confidence=_confidence(sure), needs_review=not sure,
    )  # fmt: skip
    opt_out = replace(request, clock="opt_out", rights=("opt_out",), deed="carry out the opt-out")
    if not appeal:
        return request, opt_out
    decision = replace(
        request, clock="appeal", rights=(), deed="decide the appeal", starts="receipt of the appeal",
        respond=appeal, extend=appeal_extend, confidence=_confidence(sure and appeal_sure),
        needs_review=not (sure and appeal_sure),
    )  # fmt: skip
    return request, opt_out, decision


def _confidence(sure: bool) -> str:
    return "high" if sure else "medium"


RULES: Final = tuple(chain(
    _state("VA VCDPA", date(2023, 1, 1), "Va. Code § 59.1-577"),
    _state("CO CPA", date(2023, 7, 1), "C.R.S. § 6-1-1306(2)-(3)", appeal="P45D", appeal_extend="P60D"),
    _state("CT CTDPA", date(2023, 7, 1), "Conn. Gen. Stat. § 42-518"),
    _state("UT UCPA", date(2023, 12, 31), "Utah Code § 13-61-203", rights=_COMMON, appeal=""),
    (Rule(law="UT UCPA", clock="request", rights=("rectification",), respond="P45D", extend="P45D",
          counting=STATE, valid_from=date(2026, 7, 1), source="Utah Code § 13-61-203 (HB 418)"),),
    _state("TX TDPSA", date(2024, 7, 1), "Tex. Bus. & Com. Code §§ 541.052-053"),
    _state("OR OCPA", date(2024, 7, 1), "ORS 646A.576", appeal="P45D", sure=False),
    _state("FL FDBR", date(2024, 7, 1), "Fla. Stat. § 501.706", extend="P15D", sure=False,
           note="Only the largest platforms are covered."),
    _state("MT MTCDPA", date(2024, 10, 1), "Mont. Code § 30-14-2808", sure=False),
    _state("DE DPDPA", date(2025, 1, 1), "6 Del. C. § 12D-104", sure=False),
    _state("IA ICDPA", date(2025, 1, 1), "Iowa Code § 715D.3", rights=_COMMON, respond="P90D", sure=False,
           note="Iowa gives no right to correction."),
    _state("NE NDPA", date(2025, 1, 1), "Neb. Rev. Stat. § 87-1107 ff.", sure=False),
    _state("NH", date(2025, 1, 1), "RSA 507-H:4", sure=False),
    _state("NJ NJDPA", date(2025, 1, 15), "N.J.S.A. 56:8-166.7", appeal="P45D", appeal_sure=False),
    _state("TN TIPA", date(2025, 7, 1), "Tenn. Code § 47-18-3304", sure=False),
    _state("MN MCDPA", date(2025, 7, 31), "Minn. Stat. § 325M.14", appeal="P45D",
           appeal_extend="P60D", sure=False),
    _state("MD MODPA", date(2025, 10, 1), "Md. Com. Law § 14-4705", sure=False),
    _state("IN ICDPA", date(2026, 1, 1), "Ind. Code § 24-15-3", sure=False),
    _state("KY KCDPA", date(2026, 1, 1), "KRS 367.3615", sure=False),
    _state("RI RIDTPPA", date(2026, 1, 1), "R.I. Gen. Laws § 6-48.1", sure=False),
    (Rule(law="RI RIDTPPA", clock="consent_revocation", deed="stop the processing that rested on the consent",
          starts="the revocation", respond="P15D", counting=STATE, valid_from=date(2026, 1, 1),
          source="R.I. Gen. Laws § 6-48.1", confidence="medium", needs_review=True),),
    _state("OK OCDPA", date(2027, 1, 1), "SB 546 (2026)", sure=False,
           note="Numbers from the bill's summary."),
    _state("LA LDPA", date(2027, 1, 1), "SB 386 / Act 502 (2026)", appeal="", sure=False,
           note="Numbers assumed from the Virginia model."),
    _state("AL APDPA", date(2027, 5, 1), "HB 351 (2026)", appeal="", sure=False,
           note="45 days from the bill's summary; extension and appeal not checked."),
    _state("VT VDPOSA", date(2028, 1, 1), "Vermont act of 2026", appeal="", sure=False,
           note="Numbers assumed from the Virginia model."),
))  # fmt: skip
