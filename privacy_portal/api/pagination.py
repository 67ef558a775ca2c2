"""Cursor pagination: pages stay true while rows are added, because a cursor is a place in time and not a number."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from privacy_portal.errors import Invalid

PAGE_SIZE = 100
MOST = 500


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Any]
    next: str | None
    previous: str | None

    def response(self, results: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": results})


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The row a page ends at; the next page is what comes after it, or before it."""

    backwards: bool
    moment: datetime
    key: Any


def page_of(rows: QuerySet[Any], request: Request, *, moment: str) -> Page:
    """`?cursor=…&page_size=…` (1 to 500, 100 if not said) of rows in the order of `moment` (a field) and their key.

    What is added meanwhile with a later moment comes on a later page; no row comes twice and none is left out.
    Raises Invalid on a cursor that is not one of ours and on a size that is none.
    """
    size = _size(request)
    cursor = _cursor(request, rows.model)
    backwards = cursor is not None and cursor.backwards
    found = list(_beyond(rows, cursor, moment)[: size + 1])
    more, shown = len(found) > size, found[:size]
    if backwards:
        shown.reverse()
    return Page(
        rows=shown,
        next=_link(request, shown[-1], moment, "after") if shown and (more or backwards) else None,
        previous=_link(request, shown[0], moment, "before")
        if shown and (more if backwards else cursor is not None)
        else None,
    )


def _size(request: Request) -> int:
    given = request.query_params.get("page_size", str(PAGE_SIZE))
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MOST):
        raise Invalid("page_size", f"must be a whole number from 1 to {MOST}")
    return int(given)


def _beyond(rows: QuerySet[Any], cursor: _Cursor | None, moment: str) -> QuerySet[Any]:
    if cursor is None:
        return rows.order_by(moment, "pk")
    way = "lt" if cursor.backwards else "gt"
    # The first condition alone lets the database begin in the middle of an index.
    rows = rows.filter(**{f"{moment}__{way}e": cursor.moment}).filter(
        Q(**{f"{moment}__{way}": cursor.moment}) | Q(**{f"pk__{way}": cursor.key})
    )
    return rows.order_by(f"-{moment}", "-pk") if cursor.backwards else rows.order_by(moment, "pk")


def _link(request: Request, row: Model, moment: str, way: str) -> str:
    words = f"{way}|{getattr(row, moment).isoformat()}|{row.pk}"
    url = request.build_absolute_uri()
    return replace_query_param(url, "cursor", urlsafe_b64encode(words.encode()).decode())


def _cursor(request: Request, model: type[Model]) -> _Cursor | None:
    given = request.query_params.get("cursor")
    if given is None:
        return None
    try:
        way, at, key = urlsafe_b64decode(given.encode()).decode().split("|")
        cursor = _Cursor(way == "before", datetime.fromisoformat(at), model._meta.pk.to_python(key))
    except (binascii.Error, ValueError, ValidationError):
        raise Invalid("cursor", "must be one that a page named as its next or previous") from None
    if way not in ("after", "before") or cursor.moment.tzinfo is None:
        raise Invalid("cursor", "must be one that a page named as its next or previous")
    return cursor
