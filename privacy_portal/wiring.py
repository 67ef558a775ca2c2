"""THE SWITCHBOARD: what listens to what. Upward needs are strings, so that no lower part imports a higher one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.schedules import crontab

CONNECTORS: dict[str, str] = {
    "sql": "privacy_portal.connectors.sql.SqlConnector",
    "http": "privacy_portal.connectors.http.HttpConnector",
    "mail": "privacy_portal.connectors.mail.MailConnector",
    "manual": "privacy_portal.connectors.manual.ManualConnector",
    "fake": "privacy_portal.connectors.fake.FakeConnector",
    "consent": "consent.connector.ConsentConnector",
    "dsr": "dsr.connector.DsrConnector",
}

HANDLERS: dict[str, tuple[str, ...]] = {
    "message_received": ("privacy_portal.inbox.handle.handle_message",),
    "message_received:breach": ("governance.handlers.take_breach_message",),
    "consent_withdrawn": ("governance.handlers.stop_processing",),
    "consent_expired": ("governance.handlers.stop_processing",),
    "consent_given": ("governance.handlers.resume_processing",),
    "identity_confirmed": ("dsr.handlers.start_location",),
    "task_completed:location": ("dsr.handlers.note_location",),
    "task_failed:location": ("dsr.handlers.note_location",),
    "task_waits_for_person:location": ("dsr.handlers.note_location",),
    "request_approved": ("dsr.handlers.start_fulfilment",),
    "task_completed:request": ("dsr.handlers.note_task",),
    "task_skipped:request": ("dsr.handlers.note_task",),
    "task_failed:request": ("dsr.handlers.note_trouble",),
    "task_waits_for_person:request": ("dsr.handlers.note_trouble",),
    "task_completed:message": ("dsr.handlers.note_letter",),
    "task_failed:message": ("dsr.handlers.note_lost_letter", "dsr.handlers.note_letter"),
    "task_skipped:message": ("dsr.handlers.note_letter",),
    "task_waits_for_person:message": ("dsr.handlers.note_lost_letter", "dsr.handlers.note_letter"),
    "hold_placed": ("dsr.handlers.note_hold",),
    "hold_lifted": ("dsr.handlers.note_hold",),
    "task_waits_for_person": ("privacy_portal.fanout.assignees.write_to_assignee",),
    "disposal_released": ("governance.handlers.dispose",),
    "task_completed:sweep": ("governance.handlers.note_disposal",),
    "task_skipped:sweep": ("governance.handlers.note_disposal",),
    "task_failed:sweep": ("governance.handlers.note_disposal",),
    "task_waits_for_person:sweep": ("governance.handlers.note_disposal",),
    "breach_reported": ("governance.handlers.alert_officer",),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A clock and the job it starts; `because` is the sentence that justifies the pace.

    What recurs within minutes is stale after one. What comes once an hour or a night waits as long as it takes;
    `appointments` sees to it that it is done once, and that it is done when the message is lost.
    """

    job: str
    every: timedelta | crontab
    because: str

    def as_celery(self) -> dict[str, Any]:
        options = {} if isinstance(self.every, crontab) else {"expires": 60}
        return {"task": self.job, "schedule": self.every, "options": options}


SCHEDULE: dict[str, Entry] = {
    "tick": Entry(
        "portal.tick", timedelta(seconds=3), "Lost bells must cost seconds: work resumes within 10 s."
    ),
    "seal": Entry(
        "portal.seal_ledger", timedelta(seconds=5), "A proof should be there by the time a page is read."
    ),
    "parcels": Entry(
        "portal.destroy_parcels", crontab(minute=17), "An expired download may not outlive its hour."
    ),
    "answers": Entry(
        "portal.forget_answers",
        crontab(minute=41),
        "A kept answer is personal data; it is promised for 24 hours.",
    ),
    "tokens": Entry("portal.clear_tokens", crontab(hour=3, minute=5), "Spent tokens are of no use."),
    "messages": Entry(
        "portal.drop_old_messages",
        crontab(hour=3, minute=20),
        "What a message said is kept for days, not hours.",
    ),
    "sweep": Entry(
        "governance.sweep_retention", crontab(hour=2, minute=0), "Storage limitation is a daily duty."
    ),
    "breaches": Entry(
        "governance.warn_breach_deadlines", timedelta(minutes=1), "The last alert is one hour before."
    ),
    "requests": Entry(
        "dsr.warn_deadlines", crontab(minute=5), "A warning is of use while working hours are left."
    ),
    "links": Entry(
        "consent.send_links", timedelta(minutes=1), "A lost bell may delay a mail by a minute, not lose it."
    ),
    "consents": Entry("consent.expire_consents", crontab(hour=1, minute=30), "A consent ends on its day."),
}

TILES: tuple[str, ...] = (
    "privacy_portal.web.given_up.tiles",
    "dsr.web.home.tiles",
    "governance.web.home.tiles",
    "consent.queries.tiles",
)


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the staff menu: shown to whom the permission is given."""

    label: str
    url_name: str
    icon: str
    permission: str


NAVIGATION: tuple[Link, ...] = (
    Link("Today", "portal:home", "layout-dashboard", "see_home"),
    Link("Requests", "dsr:request_list", "inbox", "see_requests"),
    Link("Tasks", "portal:task_list", "checklist", "see_tasks"),
    Link("My tasks", "portal:task_list", "checklist", "see_own_tasks"),
    Link("Consents", "consent:consent_list", "circle-check", "see_consents"),
    Link("Register", "governance:system_list", "database", "see_register"),
    Link("Retention", "governance:sweep_list", "hourglass", "see_retention"),
    Link("Breaches", "governance:breach_list", "alert-triangle", "see_breaches"),
    Link("Ledger", "portal:ledger", "link", "see_ledger"),
    Link("Clocks", "portal:clocks", "clock", "see_home"),
)

FAST_LANE: dict[tuple[str, str], str] = {
    ("GET", "/api/v1/decisions"): "consent.api.hot.decide_view",
    ("POST", "/api/v1/consents"): "consent.api.views.record_consent",
    ("POST", "/api/v1/consents/withdrawals"): "consent.api.views.record_withdrawal",
}
"""What is asked all day goes past sessions, cookies and page headers: it uses none of them."""

LETTERS: dict[str, str] = {
    "dsr_code": "dsr.letters.code",
    "dsr_started": "dsr.letters.case",
    "dsr_delayed": "dsr.letters.case",
    "dsr_refused": "dsr.letters.refusal",
    "dsr_answered": "dsr.letters.answer",
    "task_waits": "privacy_portal.web.task_letters.waiting",
    "breach_reported": "governance.letters.report_letter",
    "breach_deadline": "governance.letters.deadline_letter",
    "consent_preference_link": "consent.queries.links.letter",
}

HOME: dict[str, str] = {
    "breaches": "governance.web.home.running_breaches",
    "next_due": "dsr.web.home.next_due",
    "on_time": "dsr.web.home.on_time_bar",
    "sweep": "governance.web.home.latest_sweep",
}
"""Parts of the home page: name in the template → function(reach, now)."""
