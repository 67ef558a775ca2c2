"""Requests and what belongs to them."""

from dsr.models.answer import Answer, Download
from dsr.models.assessment import Plan, PlanLine
from dsr.models.identity import IdentityCheck
from dsr.models.intake import SubjectRequest

__all__ = ["Answer", "Download", "IdentityCheck", "Plan", "PlanLine", "SubjectRequest"]
