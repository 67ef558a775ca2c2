"""Forms of governance. They check shapes; what is allowed, the actions decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import Dataset, System
from governance.queries.breaches import LAWS
from governance.states import HoldGround, Phase, Risk
from privacy_portal.organisation.models import Controller
from privacy_portal.vocabulary import DataCategory


class Moment(forms.DateTimeField):
    """A moment in UTC, from the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)


def lines(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("Without personal data"))


class BreachForm(forms.Form):
    """A report by staff. All four times are asked for apart: the clock starts with awareness."""

    controller = forms.ModelChoiceField(Controller.objects.none(), label=_("Controller"), empty_label=None)
    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(
        label=_("What happened"), widget=lines(), help_text=_("Facts and likely effects")
    )
    occurred_at = Moment(label=_("Occurred (UTC)"), required=False, help_text=_("Leave empty if not known"))
    detected_at = Moment(
        label=_("Detected (UTC)"), required=False, help_text=_("By whom or what it was first seen")
    )
    aware_at = Moment(
        label=_("Aware (UTC)"),
        help_text=_(
            "When you were reasonably certain that personal data are affected: the clock starts here"
        ),
    )
    systems = forms.ModelMultipleChoiceField(
        System.objects.none(), label=_("Systems"), required=False, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(
        label=_("Kinds of data"),
        required=False,
        choices=[choice for choice in DataCategory.choices if choice[0] != DataCategory.NONE],
        widget=forms.CheckboxSelectMultiple,
    )
    people_affected = forms.IntegerField(label=_("People affected"), required=False, min_value=0)
    laws = forms.MultipleChoiceField(
        label=_("Laws whose clocks run"),
        required=False,
        choices=list(LAWS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("If none is chosen, that of the controller’s country"),
    )

    def __init__(self, *args: Any, controllers: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = list(controllers)
        self._choices("controller", Controller.objects.filter(pk__in=ids).order_by("name", "pk"))
        self._choices("systems", System.objects.in_use().filter(controller_id__in=ids).order_by("name", "pk"))

    def _choices(self, name: str, queryset: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = queryset


class AssessmentForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("notify", _("Tell the authority")),
            ("do_not_notify", _("Do not tell, a risk is unlikely")),
        ],
        widget=forms.RadioSelect,
    )
    risk = forms.ChoiceField(label=_("Risk for the people"), choices=Risk.choices)
    reasons = forms.CharField(label=_("Reasons"), widget=lines(), required=False)
    measures = forms.CharField(label=_("Measures taken or planned"), widget=lines(), required=False)


class NotificationForm(forms.Form):
    phase = forms.ChoiceField(label=_("Phase"), choices=Phase.choices)
    notified_at = Moment(label=_("Told (UTC)"))
    authority = forms.CharField(label=_("Authority"), max_length=200)
    reference = forms.CharField(label=_("Their reference"), max_length=80, required=False)
    delay_reason = forms.CharField(
        label=_("Reasons for the delay"),
        widget=lines(2),
        required=False,
        help_text=_("Needed after the deadline, Art. 33(1)"),
    )

    def __init__(self, *args: Any, now: datetime, authority: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"notified_at": now, "authority": authority}


class HoldForm(forms.Form):
    dataset = forms.ModelChoiceField(Dataset.objects.none(), label=_("Dataset"), required=False)
    subject_id = forms.UUIDField(
        label=_("Person (opaque id)"), required=False, help_text=_("As on the request’s page")
    )
    ground = forms.ChoiceField(label=_("Ground"), choices=HoldGround.choices)
    reason = forms.CharField(label=_("Reason"), widget=lines(2), help_text=_("Without personal data"))
    review_on = forms.DateField(label=_("Review on"), widget=forms.DateInput(attrs={"type": "date"}))
    controller = forms.ModelChoiceField(Controller.objects.none(), label=_("Controller"), empty_label=None)

    def __init__(self, *args: Any, controllers: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = list(controllers)
        datasets = Dataset.objects.filter(system__controller_id__in=ids, removed_at=None).select_related(
            "system"
        )
        for name, rows in (
            ("controller", Controller.objects.filter(pk__in=ids).order_by("name", "pk")),
            ("dataset", datasets.order_by("system__name", "name", "pk")),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        self.fields["dataset"].label_from_instance = _dataset_label  # type: ignore[attr-defined]


def _dataset_label(dataset: Dataset) -> str:
    return f"{dataset.system.name}: {dataset.name}"
