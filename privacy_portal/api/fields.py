"""Fields of bodies that serializers of every app share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers


class MomentField(serializers.DateTimeField):
    """A moment with its offset (RFC 3339). One without could be any of 26 hours: it is refused, not guessed."""

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        if isinstance(value, str) and not _has_offset(value):
            raise serializers.ValidationError(
                "must say its offset from UTC, such as 2026-01-31T12:00:00Z", "naive"
            )
        return moment


def _has_offset(text: str) -> bool:
    parsed = parse_datetime(text.strip())
    return parsed is not None and parsed.tzinfo is not None
