"""The package a person gets: a zip with a readable page, the same as JSON, and one CSV per dataset.

Sources are parcels of NDJSON, one `{"dataset": …, "values": {…}}` a line. The zip is written to a temporary file that
never holds a name and is gone when the block ends.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.template.loader import render_to_string

from dsr.models import SubjectRequest
from privacy_portal.fanout import parcels
from privacy_portal.fanout.models import Parcel

Rows = dict[tuple[str, str], list[dict[str, Any]]]
_CHUNK = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def build(request: SubjectRequest, letter: Mapping[str, Any], sources: Sequence[Parcel]) -> Iterator[Iterable[bytes]]:
    """Yields the bytes of the zip in chunks."""
    rows = _collect(sources)
    with tempfile.SpooledTemporaryFile(max_size=1024 * 1024) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("index.html", _page(request, letter, rows))
            archive.writestr("data.json", json.dumps(_as_json(request, rows), ensure_ascii=False, indent=1))
            for (system, dataset), found in rows.items():
                archive.writestr(f"{system}/{dataset}.csv", _as_csv(found))
        file.seek(0)
        yield iter(lambda: file.read(_CHUNK), b"")


def _collect(sources: Sequence[Parcel]) -> Rows:
    rows: Rows = {}
    for parcel in sources:
        system = parcel.task.connection.code if parcel.task else "other"
        for line in _lines(parcel):
            record = json.loads(line)
            rows.setdefault((system, record["dataset"]), []).append(record["values"])
    return rows


def _lines(parcel: Parcel) -> Iterator[bytes]:
    held = b""
    for chunk in parcels.open_stream(parcel):
        *whole, held = (held + chunk).split(b"\n")
        yield from (line for line in whole if line)
    if held:
        yield held


def _page(request: SubjectRequest, letter: Mapping[str, Any], rows: Rows) -> str:
    tables = [
        {"system": system, "dataset": dataset, "columns": _columns(found), "rows": _table(found)}
        for (system, dataset), found in rows.items()
    ]
    return render_to_string("dsr/package.html", {"request_": request, "letter": letter, "tables": tables})


def _as_json(request: SubjectRequest, rows: Rows) -> dict[str, Any]:
    systems: dict[str, dict[str, Any]] = {}
    for (system, dataset), found in rows.items():
        systems.setdefault(system, {})[dataset] = found
    return {"schema": "privacy-portal/access/1", "reference": request.reference, "systems": systems}


def _as_csv(rows: list[dict[str, Any]]) -> str:
    """A spreadsheet must not run what a person once typed: cells that look like formulas get an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_columns(rows))
    writer.writerows([[_safe(cell) for cell in row] for row in _table(rows)])
    return text.getvalue()


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _table(rows: list[dict[str, Any]]) -> list[list[Any]]:
    columns = _columns(rows)
    return [["" if row.get(name) is None else row[name] for name in columns] for row in rows]


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
