"""The ledger for machines: the signed checkpoint, entries in order, and proofs that anyone can check."""

from __future__ import annotations

import base64
import json
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_portal.api.access import ServiceView
from privacy_portal.errors import Invalid, NotFound
from privacy_portal.ledger import queries
from privacy_portal.ledger.models import Leaf
from privacy_portal.staff.reach import Reach

PAGE = 500
_LARGEST = 2**63 - 1


class EntryOut(serializers.Serializer[Any]):
    """An entry; `leaf` and `event` are null where the event belongs to another controller."""

    position = serializers.IntegerField()
    leaf_hash = serializers.CharField(help_text="Base64 of SHA-256(0x00 ‖ leaf)")
    leaf = serializers.CharField(allow_null=True, help_text="Base64 of the canonical leaf bytes")
    event = serializers.DictField(allow_null=True, help_text="The leaf bytes, decoded")


class EntriesOut(serializers.Serializer[Any]):
    size = serializers.IntegerField(help_text="Entries sealed so far")
    entries = EntryOut(many=True)


class InclusionOut(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    size = serializers.IntegerField()
    leaf_hash = serializers.CharField(help_text="Base64")
    proof = serializers.ListField(child=serializers.CharField(), help_text="Base64 hashes, leaf side first")


class ConsistencyOut(serializers.Serializer[Any]):
    first = serializers.IntegerField()
    second = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField(), help_text="Base64 hashes (RFC 9162, 2.1.4)")


def _number(name: str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.INT64, required=required)


class LedgerView(ServiceView):
    scopes: ClassVar[dict[str, str]] = {"GET": "ledger:read"}


class CheckpointView(LedgerView):
    """The latest signed checkpoint (C2SP tlog-checkpoint), as text."""

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        checkpoint = queries.latest_checkpoint()
        if checkpoint is None:
            raise NotFound("Nothing is sealed yet.")
        return HttpResponse(checkpoint.note, content_type="text/plain; charset=utf-8")


class EntriesView(LedgerView):
    """Entries [start, end) in ledger order, at most 500 at once."""

    @extend_schema(parameters=[_number("start"), _number("end", required=False)], responses=EntriesOut)
    def get(self, request: Request) -> Response:
        start = parameter(request, "start")
        end = parameter(request, "end", default=min(start + PAGE, _LARGEST))
        if end < start:
            raise Invalid("end", "must not be smaller than start")
        size = queries.sealed_size()
        leaves = queries.entries(start, min(end, start + PAGE, size))
        return Response({"size": size, "entries": [_entry(leaf, self.reach) for leaf in leaves]})


class InclusionView(LedgerView):
    """Proof that the entry at `position` is in the tree of `size` (RFC 9162, 2.1.3)."""

    @extend_schema(parameters=[_number("position"), _number("size")], responses=InclusionOut)
    def get(self, request: Request) -> Response:
        position, size = parameter(request, "position"), parameter(request, "size")
        proof = queries.inclusion_proof(position, size)
        leaf = queries.entries(position, position + 1).get()
        return Response(
            {
                "position": position,
                "size": size,
                "leaf_hash": _base64(leaf.leaf_hash),
                "proof": _all_base64(proof),
            }
        )


class ConsistencyView(LedgerView):
    """Proof that the tree of `to` entries begins with the tree of `from` entries (RFC 9162, 2.1.4)."""

    @extend_schema(parameters=[_number("from"), _number("to")], responses=ConsistencyOut)
    def get(self, request: Request) -> Response:
        first, second = parameter(request, "from"), parameter(request, "to")
        proof = queries.consistency_proof(first, second)
        return Response({"first": first, "second": second, "proof": _all_base64(proof)})


def parameter(request: Request, name: str, *, default: int | None = None) -> int:
    """A whole number of the query string. Raises Invalid where it is missing, no number or too large."""
    text = request.query_params.get(name, "")
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _LARGEST):
        raise Invalid(name, "must be a whole number, 0 or more")
    return int(text)


def _entry(leaf: Leaf, reach: Reach) -> dict[str, Any]:
    entry = {"position": leaf.position, "leaf_hash": _base64(leaf.leaf_hash), "leaf": None, "event": None}
    if leaf.event.controller_id in reach.controller_ids:
        raw = leaf.event.leaf_bytes()
        entry.update(leaf=_base64(raw), event=json.loads(raw))
    return entry


def _base64(value: bytes | memoryview) -> str:
    return base64.b64encode(bytes(value)).decode()


def _all_base64(proof: list[bytes]) -> list[str]:
    return [_base64(step) for step in proof]
