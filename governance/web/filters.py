"""Filters of the lists, in the URL."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models import Breach, Sweep, System
from governance.states import BreachStatus, SweepStatus
from privacy_portal.vocabulary import DataCategory


class SystemFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label=_("Name"), method="by_name")
    category = django_filters.ChoiceFilter(
        label=_("Holds"), choices=DataCategory.choices, method="by_category", empty_label=_("Anything")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[("retired", _("Retired"))], method="by_state", empty_label=_("In use")
    )

    class Meta:
        model = System
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[System]) -> QuerySet[System]:
        shown: Any = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("state") != "retired":
            shown = shown.filter(retired_at=None)
        return shown

    def by_name(self, queryset: QuerySet[System], name: str, value: str) -> QuerySet[System]:
        return queryset.filter(Q(name__icontains=value) | Q(code__icontains=value))

    def by_category(self, queryset: QuerySet[System], name: str, value: str) -> QuerySet[System]:
        holding = Q(datasets__elements__category=value, datasets__elements__removed_at=None)
        return queryset.filter(holding).distinct()

    def by_state(self, queryset: QuerySet[System], name: str, value: str) -> QuerySet[System]:
        return queryset.filter(retired_at__isnull=False)


class SweepFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Stage"), choices=SweepStatus.choices, empty_label=_("Any"))

    class Meta:
        model = Sweep
        fields: list[str] = []


class BreachFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Stage"), choices=BreachStatus.choices, empty_label=_("Any"))
    late = django_filters.ChoiceFilter(
        label=_("Clock"), choices=[("1", _("Past due"))], method="by_clock", empty_label=_("Any")
    )

    class Meta:
        model = Breach
        fields: list[str] = []

    def by_clock(self, queryset: QuerySet[Breach], name: str, value: str) -> QuerySet[Breach]:
        return queryset.filter(clocks__stopped_at=None, clocks__due_at__lt=timezone.now()).distinct()
