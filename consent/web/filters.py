"""Filters of the consent lists; they live in the URL, so a view can be shared."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.models import CurrentDecision, Decision
from consent.queries.propagation import late_withdrawals, open_withdrawals
from consent.queries.purposes import purposes
from consent.states import Choice


def _purposes_in_reach(request: HttpRequest | None) -> QuerySet[Any]:
    reach = getattr(request, "reach", None)
    ids = reach.controller_ids if reach else []
    return purposes().filter(controller_id__in=ids).order_by("code", "pk")


class StandingFilter(django_filters.FilterSet):
    purpose = django_filters.ModelChoiceFilter(
        label=_("Purpose"), queryset=_purposes_in_reach, empty_label=_("Any purpose")
    )
    choice = django_filters.ChoiceFilter(label=_("Stands at"), choices=Choice.choices, empty_label=_("Any"))
    law = django_filters.CharFilter(label=_("Law"))
    subject = django_filters.UUIDFilter(label=_("Subject id"), field_name="subject_id")

    class Meta:
        model = CurrentDecision
        fields: list[str] = []


class WithdrawalFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Systems"),
        method="by_state",
        choices=[("late", _("At least one is late")), ("open", _("Not all have stopped"))],
        empty_label=_("Any"),
    )
    purpose = django_filters.ModelChoiceFilter(
        label=_("Purpose"), queryset=_purposes_in_reach, empty_label=_("Any purpose")
    )

    class Meta:
        model = Decision
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Decision], name: str, value: str) -> QuerySet[Decision]:
        ids = self.request.reach.controller_ids
        found = late_withdrawals(ids, now=timezone.now()) if value == "late" else open_withdrawals(ids)
        return rows.filter(pk__in=found)
