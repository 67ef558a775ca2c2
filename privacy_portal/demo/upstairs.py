"""Deeds of the upper floors, by name as in wiring.py: the demo plays a whole company from the ground floor."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string


class Deed:
    """A function or class upstairs, found when it is first called."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return import_string(self.path)(*args, **kwargs)


latest_notices = Deed("consent.queries.preferences.latest_versions")
publish_notice = Deed("consent.actions.notices.publish_version")
record_consent = Deed("consent.actions.decisions.record_consent")
refuse_consent = Deed("consent.actions.decisions.refuse_consent")
withdraw_consent = Deed("consent.actions.decisions.withdraw_consent")
Proof = Deed("consent.actions.proof.Proof")
preference_link = Deed("consent.queries.links.preference_link")

Asked = Deed("dsr.actions.intake.Asked")
open_request = Deed("dsr.actions.intake.open_request")
assign_request = Deed("dsr.actions.intake.assign")
confirm_identity = Deed("dsr.actions.identity.confirm_identity")
accept_plan = Deed("dsr.actions.assessment.accept")
approve_plan = Deed("dsr.actions.assessment.approve")
extend_request = Deed("dsr.actions.assessment.extend")
refuse_request = Deed("dsr.actions.assessment.refuse")
download_answer = Deed("dsr.actions.answer.download")

plan_sweep = Deed("governance.actions.retention.plan_sweep")
place_hold = Deed("governance.actions.holds.place_hold")
Report = Deed("governance.actions.breaches.Report")
report_breach = Deed("governance.actions.breaches.report_breach")
decide_not_to_notify = Deed("governance.actions.breaches.decide_not_to_notify")
close_breach = Deed("governance.actions.breaches.close")
clocks_to_warn_of = Deed("governance.queries.breaches.clocks_to_warn_of")
warn_of_deadlines = Deed("governance.actions.breach_clocks.warn_of_deadlines")
