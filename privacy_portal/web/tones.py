"""Which tone a status has: colour is never alone, so every tone also has an icon."""

from __future__ import annotations

from typing import Literal

Tone = Literal["good", "soon", "late", "info", "person", "quiet"]

ICONS: dict[Tone, str] = {
    "good": "circle-check",
    "soon": "clock-exclamation",
    "late": "alert-triangle",
    "info": "circle-dot",
    "person": "user-question",
    "quiet": "circle-dashed",
}

_WORDS: dict[Tone, str] = {
    "good": """met unlikely completed done given granted active ok healthy valid sealed verified confirmed
        acknowledged answered delivered approved sent resolved closed within on_time disposed released
        success notified""",
    "soon": """due_soon completed_with_exceptions expiring paused on_hold hold held risk to_notify extended retrying
        partly partial warning pending_approval approving awaiting_release""",
    "late": """overdue past_due failed partly_failed broken refused_by_system error invalid unreachable expired
        dead danger breached missed high not_counted rejected""",
    "info": """running accepted waiting received verifying planning scoped collecting deciding
        delivering fulfilling in_progress open assessing triage notify asked new
        counting counted locating disposing pending reported sending""",
    "person": """waiting_on_person waiting_for_person waits_for_person needs_person unassigned awaiting_person
        identity_needed clarification planned""",
    "quiet": """blocked skipped cancelled withdrawn refused unset never inactive draft archived none superseded
        spam not_notified retired""",
}
TONES: dict[str, Tone] = {word: tone for tone, words in _WORDS.items() for word in (tone, *words.split())}


def tone_of(status: object) -> Tone:
    """The tone of a status code (a tone is its own); an unknown one is quiet, never alarming."""
    return TONES.get(str(status or "").strip().lower().replace(" ", "_").replace("-", "_"), "quiet")
