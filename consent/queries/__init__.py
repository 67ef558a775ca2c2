"""Reads across the rows of consent; they never write."""

from consent.queries.batch import Question, decide_many
from consent.queries.links import opened, preference_link
from consent.queries.overview import counts_by_purpose, tiles
from consent.queries.preferences import history, last_change, latest_versions, preferences, stopped_by
from consent.queries.propagation import boards, late_withdrawals
from consent.queries.verdicts import Verdict, decide

__all__ = [
    "Question",
    "Verdict",
    "boards",
    "counts_by_purpose",
    "decide",
    "decide_many",
    "history",
    "last_change",
    "late_withdrawals",
    "latest_versions",
    "opened",
    "preference_link",
    "preferences",
    "stopped_by",
    "tiles",
]
