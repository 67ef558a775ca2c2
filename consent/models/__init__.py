"""Gathers the models of consent so that Django finds them."""

from consent.models.decisions import CurrentDecision, Decision, Evidence
from consent.models.links import LinkRequest
from consent.models.notices import Notice, NoticeVersion

__all__ = ["CurrentDecision", "Decision", "Evidence", "LinkRequest", "Notice", "NoticeVersion"]
