"""Every widget on one page, with sample values, for those who build pages; it exists only while DEBUG is on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from privacy_portal.web import charts, tones

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def gallery(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    return render(request, "portal/gallery.html", samples())


def samples() -> dict[str, Any]:
    """Sample values of every widget; also what tests/web/test_components.py draws."""
    return {
        "clocks": _clocks(),
        "tiles": _tiles(),
        "charts": [_on_time(), _by_right(), _months()],
        "spark": charts.sparkline("Deliveries per hour", [3, 4, 4, 9, 2, 0, 6, 8, 12, 7]),
        "columns": _columns(),
        "rows": _rows(),
        "page": Paginator(range(128), 8).page(2),
        "stages": _stages(),
        "facts": _facts(),
        "lanes": _lanes(),
        "kept": _kept(),
        "events": _events(),
        "statuses": _one_status_per_tone(),
        "filters": FilterSample(),
        "form": FormSample({"email": "not an address"}),
    }


class FilterSample(forms.Form):
    search = forms.CharField(required=False)
    law = forms.ChoiceField(required=False, choices=[("", "All"), ("GDPR", "GDPR"), ("CCPA", "CCPA")])
    due_before = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


class FormSample(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="We write to this address only about this request.")
    right = forms.ChoiceField(
        choices=[("access", "See my data"), ("erasure", "Delete my data")], widget=forms.RadioSelect
    )
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    agree = forms.BooleanField(label="I have read what will be kept")


def _clocks() -> list[dict[str, Any]]:
    start = NOON - timedelta(hours=51)
    marks = [charts.Mark(start + timedelta(hours=hours), f"{hours} h") for hours in (24, 48, 60, 66, 71)]
    bar = charts.countdown(
        "72 hours", start=start, due=start + timedelta(hours=72), now=NOON, marks=marks, tone="soon"
    )
    steps = [
        {"text": "Aware on 19 November 2026 at 09:00 (Dublin)", "source": "GDPR Art. 33(1)"},
        {"text": "72 hours run through weekends and holidays", "source": "Reg. 1182/71 Art. 3"},
    ]
    return [
        {"label": "Breach BR-2026-7: tell the authority", "state": "soon", "remaining": "21 hours left",
         "due": "22 Nov 2026, 09:00", "phase": "assessing", "chart": bar, "steps": steps, "url": "#main"},
        {"label": "DSR-2026-1029: answer to access", "state": "late", "remaining": "2 days late",
         "due": "19 Nov 2026", "progress": 100, "steps": ["One month after 19 October 2026"]},
        {"label": "DSR-2026-1031: answer to erasure", "state": "within", "remaining": "19 days left",
         "due": "10 Dec 2026", "progress": 36, "steps": ["One month after 10 November 2026"]},
    ]  # fmt: skip


def _tiles() -> list[dict[str, Any]]:
    return [
        {"label": "Open", "value": 128, "url": "#main", "note": "+12 since Monday"},
        {"label": "Overdue", "value": 2, "url": "#main", "tone": "late"},
        {"label": "Due in 7 days", "value": 14, "url": "#main", "tone": "soon"},
        {"label": "Unassigned", "value": 0, "url": "#main", "tone": "soon"},
        {"label": "Waiting on a person", "value": 5, "url": "#main", "tone": "person"},
        {"label": "Waiting on a service", "value": 3, "url": "#main"},
        {"label": "Approvals for me", "value": 1, "url": "#main", "icon": "signature"},
        {"label": "Failing services", "value": 0, "url": "#main", "tone": "late"},
    ]


def _on_time() -> charts.Chart:
    parts = [("On time", 112, "good"), ("Due soon", 14, "soon"), ("Past due", 2, "late")]
    return charts.stacked("Open requests by due date", [charts.Slice(*part, url="#main") for part in parts])


def _by_right() -> charts.Chart:
    parts = [("Erasure", 61), ("Access", 48), ("Objection", 11), ("Rectification", 8)]
    return charts.bars("Requests by right", [charts.Slice(word, value, url="#main") for word, value in parts])


def _months() -> charts.Chart:
    months = "Dec Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov".split()
    opened = charts.Series("Opened", [21, 34, 28, 30, 41, 39, 33, 26, 24, 37, 44, 40])
    closed = charts.Series("Closed", [19, 30, 31, 27, 36, 42, 35, 27, 20, 33, 41, 29], tone="good")
    return charts.lines("Opened and closed, 12 months", months, [opened, closed])


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": "", "hidden_label": "Select"},
        {"label": "Request", "sort": "number"},
        {"label": "Right"},
        {"label": "Due", "sort": "due", "reverse": "-due"},
        {"label": "Stage"},
        {"label": "Systems"},
    ]


def _rows() -> list[dict[str, Any]]:
    late = {"state": "late", "due": "19 Nov", "remaining": "2 days late"}
    soon = {"state": "soon", "due": "24 Nov", "remaining": "3 days left"}
    well = {"state": "within", "due": "10 Dec", "remaining": "19 days left"}
    return [
        {"number": "DSR-2026-1029", "law": "GDPR", "right": "Access", "clock": late, "status": "partly_failed",
         "done": 3, "total": 5, "failed": 1},
        {"number": "DSR-2026-1030", "law": "CCPA", "right": "Erasure", "clock": soon, "status": "waiting_on_person",
         "done": 4, "total": 5},
        {"number": "DSR-2026-1031", "law": "GDPR", "right": "Erasure", "clock": well, "status": "collecting",
         "done": 2, "total": 5},
        {"number": "DSR-2026-1032", "law": "UK GDPR", "right": "Access", "clock": well, "status": "completed",
         "done": 5, "total": 5},
    ]  # fmt: skip


def _stages() -> list[dict[str, Any]]:
    words = ["Received", "Verified", "Scoped", "Collecting", "Deciding", "Approving", "Delivering", "Closed"]
    states = ["done", "done", "skipped", "current", "next", "next", "next", "next"]
    stages: list[dict[str, Any]] = [
        {"label": word, "state": state} for word, state in zip(words, states, strict=True)
    ]
    stages[0]["at"] = "10 Nov"
    return stages


def _facts() -> list[dict[str, Any]]:
    return [
        {"term": "Law", "value": "GDPR Art. 17"},
        {"term": "Controller", "value": "Example Shop Ltd", "url": "#main"},
        {"term": "Correlation", "value": "0198f3a2-77c1-7c55-9d0e", "mono": True, "copyable": True},
    ]


def _lanes() -> list[dict[str, Any]]:
    task = {
        "label": "Erase",
        "status": "completed",
        "status_label": "Completed",
        "at": "21 Nov 11:42",
        "attempts": 1,
    }
    return [
        {"system": "marketing_service", "group": "default", "tasks": [task]},
        {"system": "payment_service", "tasks": [{"label": "Erase", "status": "failed",
         "status_label": "Failed; a person must look", "attempts": 5, "url": "#main",
         "error": "The system answered 500 five times.", "after": ["marketing_service"]}]},
        {"system": "user_service", "tasks": [{"label": "Erase", "status": "blocked",
         "status_label": "Waits for another system", "after": ["payment_service"]}]},
        {"system": "letters_archive", "tasks": [{"label": "Erase", "status": "waiting_on_person",
         "status_label": "Waits for a person", "note": "Assigned to the archive"}]},
    ]  # fmt: skip


def _kept() -> list[dict[str, Any]]:
    return [
        {"system": "payment_service", "dataset": "invoices", "field": "total", "rows": 12,
         "ground": "Bookkeeping duty", "article": "GDPR Art. 17(3)(b)", "until": "31 Dec 2033"},
        {"system": "user_service", "dataset": "objections", "rows": 1, "ground": "So that we do not write again",
         "article": "GDPR Art. 21(3)"},
    ]  # fmt: skip


def _events() -> list[dict[str, Any]]:
    return [
        {"at": "21 Nov 11:42", "label": "marketing_service confirmed the erasure", "position": 48211,
         "position_url": "#main", "status": "completed", "note": "0 rows left, asked again"},
        {"at": "21 Nov 11:40", "label": "Plan approved", "by": "A. Byrne", "position": 48190},
        {"at": "10 Nov 09:02", "label": "Request received by the public form", "position": 47001, "status": "received"},
    ]  # fmt: skip


def _one_status_per_tone() -> list[str]:
    seen: dict[str, str] = {}
    for status, tone in tones.TONES.items():
        seen.setdefault(tone, status)
    return list(seen.values())
