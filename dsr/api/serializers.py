"""Shapes of the request API."""

from __future__ import annotations

from rest_framework import serializers

from dsr.actions.intake import RIGHTS
from dsr.models import SubjectRequest
from privacy_portal.vocabulary import IdentifierKind


class RequestIn(serializers.Serializer):
    right = serializers.ChoiceField(choices=[str(right) for right in RIGHTS])
    law = serializers.CharField(max_length=40, help_text='As in the rule table: "GDPR", "UK GDPR", "CCPA" …')
    identifiers = serializers.DictField(
        child=serializers.CharField(max_length=254),
        allow_empty=False,
        help_text=f"By kind: {', '.join(IdentifierKind.values)}",
    )
    verified = serializers.BooleanField(
        default=False,
        help_text="True only if your service has identified the person itself; needs the scope requests:vouch",
    )
    language = serializers.CharField(max_length=8, default="en")
    country = serializers.CharField(max_length=8, default="", allow_blank=True)


class RequestOut(serializers.ModelSerializer):
    status_words = serializers.CharField(source="get_status_display")
    explanation = serializers.SerializerMethodField()
    systems = serializers.SerializerMethodField()

    class Meta:
        model = SubjectRequest
        fields = (
            "id",
            "reference",
            "right",
            "law",
            "status",
            "status_words",
            "received_at",
            "verified_at",
            "due_on",
            "due_at",
            "extended_at",
            "closed_at",
            "explanation",
            "systems",
        )

    def get_explanation(self, request: SubjectRequest) -> list[str]:
        return [str(step) for step in request.deadline.get("steps", [])]

    def get_systems(self, request: SubjectRequest) -> dict[str, int]:
        return {"total": request.tasks_total, "done": request.tasks_done}
