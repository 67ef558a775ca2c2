"""Filters of the request list; they live in the URL, so a view can be shared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsr.actions.intake import RIGHTS
from dsr.models import SubjectRequest
from dsr.queries import SOON, WEEK
from dsr.states import CLOSED, OPEN, Status
from privacy_portal.vocabulary import Right

STATES = {"open": OPEN, "closed": CLOSED, "decide": {Status.PLANNED, Status.ACCEPTED}}


class RequestFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="by_state",
        choices=[
            ("open", _("Open")),
            ("decide", _("Waiting for a decision")),
            ("closed", _("Closed")),
            ("undelivered", _("Answer not delivered")),
        ],
        empty_label=_("Any"),
    )
    status = django_filters.ChoiceFilter(label=_("Stage"), choices=Status.choices, empty_label=_("Any"))
    right = django_filters.ChoiceFilter(
        label=_("Right"), choices=[(right, Right(right).label) for right in RIGHTS], empty_label=_("Any")
    )
    due = django_filters.ChoiceFilter(
        label=_("Due"),
        method="by_due",
        choices=[
            ("overdue", _("Past due")),
            ("soon", _("Within 5 days")),
            ("week", _("Within 7 days")),
            ("later", _("Later")),
        ],
        empty_label=_("Any"),
    )
    owner = django_filters.ChoiceFilter(
        label=_("Owner"),
        method="by_owner",
        choices=[("me", _("Me")), ("none", _("Nobody"))],
        empty_label=_("Any"),
    )
    reference = django_filters.CharFilter(label=_("Reference"), lookup_expr="icontains")

    class Meta:
        model = SubjectRequest
        fields: list[str] = []

    def by_state(self, rows: QuerySet[SubjectRequest], name: str, value: str) -> QuerySet[SubjectRequest]:
        if value == "undelivered":
            return rows.filter(answer__undelivered_at__isnull=False)
        return rows.filter(status__in=STATES[value])

    def by_due(self, rows: QuerySet[SubjectRequest], name: str, value: str) -> QuerySet[SubjectRequest]:
        return rows.filter(closed_at=None, **_window(value, timezone.now()))

    def by_owner(self, rows: QuerySet[SubjectRequest], name: str, value: str) -> QuerySet[SubjectRequest]:
        return rows.filter(owner=None) if value == "none" else rows.filter(owner=self.request.user)


def _window(value: str, now: datetime) -> dict[str, Any]:
    if value == "overdue":
        return {"due_at__lte": now}
    if value == "later":
        return {"due_at__gt": now + SOON}
    within: timedelta = SOON if value == "soon" else WEEK
    return {"due_at__gt": now, "due_at__lte": now + within}
