"""Cursor pagination: pages stay true while rows are added."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


class ByKey(CursorPagination):
    """`?cursor=…&page_size=…` (1 to 500, 100 if not said); answers {"next", "previous", "results"}."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "pk"
