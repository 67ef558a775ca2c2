"""Filters and forms of the tasks board."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy_portal.fanout import queries
from privacy_portal.fanout.by_hand import COUNTED, Counted
from privacy_portal.fanout.models import Connection, SystemTask, SystemTaskQuerySet
from privacy_portal.fanout.states import OPEN, Status
from privacy_portal.staff.models import User
from privacy_portal.vocabulary import Verb

COUNTS = ("found", "erased", "kept", "kept_reason", "kept_article", "kept_until")
DUE = [("late", _("Overdue")), ("week", _("Within 7 days")), ("month", _("Within 30 days"))]


class TaskFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("State"), choices=Status.choices, empty_label=_("All"))
    system = django_filters.ModelChoiceFilter(
        label=_("System"), field_name="connection", queryset=Connection.objects.none(), empty_label=_("All")
    )
    verb = django_filters.ChoiceFilter(label=_("What is asked"), choices=Verb.choices, empty_label=_("All"))
    due = django_filters.ChoiceFilter(label=_("Due"), choices=DUE, method="narrow_due", empty_label=_("All"))

    needs = django_filters.ChoiceFilter(
        label=_("Needs"), choices=[("person", _("A person"))], method="narrow_needs", empty_label=_("All")
    )

    class Meta:
        model = SystemTask
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, systems: QuerySet[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["system"].queryset = systems

    def narrow_due(self, tasks: QuerySet[SystemTask], _name: str, value: str) -> QuerySet[SystemTask]:
        return tasks.filter(status__in=OPEN, due_at__lt=_until(value, timezone.now()))

    def narrow_needs(self, tasks: SystemTaskQuerySet, _name: str, _value: str) -> SystemTaskQuerySet:
        return tasks.need_person()


def _until(value: str, now: datetime) -> datetime:
    return now + timedelta(days={"late": 0, "week": 7, "month": 30}[value])


class DeedForm(forms.Form):
    """Several stand on one page: each gives its fields ids of their own."""

    deed = ""

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, **{"auto_id": f"{self.deed}_%s", **kwargs})


class AssignForm(DeedForm):
    deed = "assign"
    assignee = forms.ModelChoiceField(
        label=_("Colleague"), queryset=User.objects.none(), empty_label=_("Choose somebody")
    )

    def __init__(self, data: Any = None, *, controller_id: UUID, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["assignee"].queryset = queries.colleagues(controller_id)  # type: ignore[attr-defined]


class RevealForm(DeedForm):
    deed = "reveal"
    reason = forms.ChoiceField(
        label=_("Why do you need to see this?"),
        choices=[
            ("", _("Choose a reason")),
            ("fulfil_by_hand", _("To answer for a system without an interface")),
            ("check_answer", _("To check what the system answered")),
            ("solve_trouble", _("To find out why the system did not answer")),
        ],
    )


class CompleteForm(DeedForm):
    """What was done and, where the task is about rows, how many: like a system's answer."""

    deed = "complete"
    reason = forms.CharField(
        label=_("What was done"),
        help_text=_("One sentence, without personal data. It is kept for good."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )
    found = forms.IntegerField(label=_("Rows found"), min_value=0)
    erased = forms.IntegerField(label=_("Rows erased"), min_value=0)
    kept = forms.IntegerField(label=_("Rows kept"), min_value=0, initial=0)
    kept_reason = forms.CharField(
        label=_("Why they are kept"),
        help_text=_("If rows are kept. The person reads this: no personal data, no names of colleagues."),
        required=False,
        max_length=200,
    )
    kept_article = forms.CharField(
        label=_("Article that allows it"),
        help_text=_("For instance: GDPR Art. 17(3)(b)."),
        required=False,
        max_length=80,
    )
    kept_until = forms.DateField(
        label=_("Kept until"),
        help_text=_("The day from which none of these rows is kept; empty where no day is known."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    rows_left = forms.IntegerField(
        label=_("Rows left after looking again"),
        help_text=_("While anything is left, the task is not completed."),
        min_value=0,
        initial=0,
    )
    evidence = forms.FileField(
        label=_("Evidence, or for an export the data itself"),
        help_text=_("Up to 10 MB, stored encrypted. Without a file an export says that nothing is held."),
        required=False,
    )

    def __init__(self, data: Any = None, files: Any = None, *, task: SystemTask, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.is_counted = task.verb in COUNTED
        if not self.is_counted:
            for name in COUNTS:
                del self.fields[name]
        elif task.verb == Verb.LOCATE or task.instructions.get("dry_run"):
            self.fields["erased"].label = _("Rows that would be erased")
            self.fields["kept"].label = _("Rows that would be kept")

    def said(self) -> dict[str, Any]:
        """For `complete_by_hand`."""
        given = self.cleaned_data
        counted = Counted(**{name: given[name] for name in COUNTS}) if self.is_counted else None
        return {**{name: given[name] for name in ("reason", "rows_left", "evidence")}, "counted": counted}


class SkipForm(DeedForm):
    deed = "skip"
    reason = forms.CharField(
        label=_("Why this system is left out"),
        help_text=_("One sentence, without personal data. The case will not count as fully completed."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )
    rows_left = forms.IntegerField(label=_("Rows known to be left"), min_value=0, initial=0, required=False)
