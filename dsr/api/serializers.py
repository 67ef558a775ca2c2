"""Shapes of the request API."""

from __future__ import annotations

from rest_framework import serializers

from dsr.actions import links
from dsr.actions.intake import RIGHTS
from dsr.models import SubjectRequest
from dsr.states import Status
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
    confirm_url = serializers.SerializerMethodField(
        help_text="The page where the person enters the code from the mail; null once nothing waits for it"
    )

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
            "confirm_url",
        )

    def get_explanation(self, request: SubjectRequest) -> list[str]:
        return [str(step) for step in request.deadline.get("steps", [])]

    def get_systems(self, request: SubjectRequest) -> dict[str, int]:
        return {"total": request.tasks_total, "done": request.tasks_done}

    def get_confirm_url(self, request: SubjectRequest) -> str | None:
        return links.confirm_url(request) if request.status == Status.RECEIVED else None


class CodeIn(serializers.Serializer):
    code = serializers.RegexField(
        r"^\s*\d{6}\s*$",
        max_length=20,
        help_text="The six digits from the newest mail, as the person typed them",
    )


class CodeSentOut(serializers.Serializer):
    expires_at = serializers.DateTimeField(help_text="Until when a code mailed now is taken")
