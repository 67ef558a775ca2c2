"""Shapes of the API: `…In` validates, `…Out` presents."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.queries.breaches import LAWS
from privacy_portal.api.fields import MomentField
from privacy_portal.vocabulary import DataCategory


class Codes(serializers.ListField):
    """Related rows by their code; a list of words, which the API's description can name."""

    child = serializers.CharField()

    def to_representation(self, data: Any) -> list[str]:
        return [row.code for row in data.all()]


class ElementOut(serializers.Serializer):
    name = serializers.CharField()
    category = serializers.CharField()
    level = serializers.CharField()
    erase = serializers.CharField()
    keep_reason = serializers.CharField()
    keep_article = serializers.CharField()
    keep_statute = serializers.CharField()
    keep_period = serializers.CharField()


class RuleOut(serializers.Serializer):
    start = serializers.CharField()
    period = serializers.CharField()
    action = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the framework has a `source` too


class DatasetOut(serializers.Serializer):
    name = serializers.CharField()
    fields_ = ElementOut(source="living_elements", many=True)
    retention = serializers.SerializerMethodField()

    def get_fields(self) -> dict[str, Any]:
        # "fields" is the word of the manifest, and the word of the framework's own class attribute.
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields

    def get_retention(self, dataset: Any) -> dict[str, Any] | None:
        rule = getattr(dataset, "retention_rule", None)
        return dict(RuleOut(rule).data) if rule and rule.ended_at is None else None


class ActivityOut(serializers.Serializer):
    purpose = serializers.CharField(source="purpose.code")
    legal_basis = serializers.CharField(source="purpose.legal_basis")
    does = serializers.CharField()
    actions = serializers.JSONField()
    within_hours = serializers.IntegerField(source="hours")
    recipients = Codes()
    retention = serializers.CharField()
    transfers = serializers.JSONField()


class SystemOut(serializers.Serializer):
    """A system in a list."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    country = serializers.CharField()
    owner_team = serializers.CharField()
    after = Codes()
    registered_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField()


class SystemDetailOut(SystemOut):
    datasets = DatasetOut(source="living_datasets", many=True)
    activities = ActivityOut(source="living_activities", many=True)


class BreachIn(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=20_000)
    reference = serializers.CharField(max_length=120, required=False, default="")
    occurred_at = MomentField(required=False)
    detected_at = MomentField(required=False)
    aware_at = MomentField(required=False)
    systems = serializers.ListField(child=serializers.CharField(max_length=60), required=False, default=list)
    categories = serializers.ListField(
        child=serializers.ChoiceField(DataCategory.choices), required=False, default=list
    )
    people_affected = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False)
    laws = serializers.ListField(
        child=serializers.ChoiceField(list(LAWS.items())), required=False, default=list
    )


class ClockOut(serializers.Serializer):
    law = serializers.CharField()
    clock = serializers.CharField()
    due_at = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]  # the framework has a `source` too
    steps = serializers.ListField(child=serializers.CharField())


class BreachOut(serializers.Serializer):
    """What the sender of a report gets back: its number and the clocks, nothing of the case."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    reported_at = serializers.DateTimeField()
    aware_at = serializers.DateTimeField()
    clocks = ClockOut(many=True, source="clocks.all")
