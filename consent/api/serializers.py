"""Shapes of the consent API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from consent.actions.proof import Proof
from consent.api.hot import LAW
from consent.states import Choice, Method
from privacy_portal.api.fields import MomentField
from privacy_portal.vocabulary import IdentifierKind, Law

MOST_AT_ONCE = 1000
TOLD_BY_OTHERS = [method for method in Method.values if method not in (Method.CLOCK, Method.PREFERENCE_PAGE)]


class WhoIn(serializers.Serializer[Any]):
    """A person by our id, or by identifiers: these travel in the body only, never in an address."""

    subject = serializers.UUIDField(required=False)
    identifiers = serializers.DictField(
        child=serializers.CharField(max_length=254),
        required=False,
        allow_empty=False,
        help_text=f"By kind: {', '.join(IdentifierKind.values)}",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("subject" in attrs) == ("identifiers" in attrs):
            raise serializers.ValidationError("Give either subject or identifiers.")
        return attrs


class WhatIn(WhoIn):
    purpose = serializers.CharField(max_length=60, help_text="Code of the purpose in the register")
    law = serializers.RegexField(
        LAW, default=Law.GDPR.value, help_text='As in the rule table: "GDPR", "CCPA" …'
    )


class ChangeIn(WhatIn):
    """Fields that consents and withdrawals share."""

    decided_at = MomentField(required=False, help_text="When the person decided")
    method = serializers.ChoiceField(choices=TOLD_BY_OTHERS, default=Method.SERVICE.value)
    notice_version = serializers.IntegerField(
        required=False, min_value=1, help_text="The version the person saw"
    )
    language = serializers.RegexField(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$", required=False)
    interface = serializers.RegexField(
        r"^[A-Za-z0-9_.:/-]{1,60}$", required=False, help_text="Code of page or app"
    )
    user_agent = serializers.CharField(max_length=1000, required=False)
    ip_address = serializers.IPAddressField(
        required=False, help_text="Kept without its last part, for a time"
    )

    def validate_decided_at(self, value: Any) -> Any:
        return _with_zone(value)

    def proof(self, source: str) -> Proof:
        data = self.validated_data
        return Proof(
            method=Method(data["method"]),
            notice_version=data.get("notice_version"),
            language=data.get("language", ""),
            interface=data.get("interface", ""),
            source=source,
            user_agent=data.get("user_agent", ""),
            address=data.get("ip_address", ""),
        )


class ConsentIn(ChangeIn):
    choice = serializers.ChoiceField(choices=[Choice.GIVEN.value, Choice.REFUSED.value, Choice.PENDING.value])
    valid_until = MomentField(required=False)

    def validate_valid_until(self, value: Any) -> Any:
        return _with_zone(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["choice"] == Choice.REFUSED and "valid_until" in attrs:
            raise serializers.ValidationError({"valid_until": "A refusal does not end by itself."})
        return super().validate(attrs)


class WithdrawalIn(ChangeIn):
    """Without a law: whatever stands ends, under every law."""

    law = serializers.RegexField(
        LAW, required=False, help_text="Left out: every law under which something stands"
    )


class DecisionRowOut(serializers.Serializer[Any]):
    """A decision on record."""

    id = serializers.UUIDField()
    subject = serializers.UUIDField(source="subject_id")
    purpose = serializers.CharField()
    law = serializers.CharField()
    choice = serializers.CharField()
    decided_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    repeated = serializers.BooleanField(help_text="True: this was on record already; nothing was written")


class QuestionIn(WhatIn):
    pass


class QuestionsIn(serializers.Serializer[Any]):
    """One question, or up to 1,000 in `questions`."""

    questions = serializers.ListField(child=QuestionIn(), min_length=1, max_length=MOST_AT_ONCE)


class VerdictOut(serializers.Serializer[Any]):
    """The answer to one question; `subject` is null where the identifiers name nobody we know."""

    subject = serializers.UUIDField(allow_null=True)
    purpose = serializers.CharField()
    law = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField()
    sentence = serializers.CharField()
    legal_basis = serializers.CharField(allow_blank=True)
    record_ids = serializers.ListField(child=serializers.CharField())
    valid_until = serializers.DateTimeField(allow_null=True)
    at = serializers.DateTimeField()


class VerdictsOut(serializers.Serializer[Any]):
    verdicts = VerdictOut(many=True)


def _with_zone(value: Any) -> Any:
    if value is not None and value.tzinfo is None:
        raise serializers.ValidationError("Must carry a time zone, such as 2026-11-21T12:00:00Z.")
    return value
