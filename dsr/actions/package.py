"""The package a person gets: a zip with a readable page, the same as JSON, and one CSV per dataset.

Sources are parcels of NDJSON, one `{"dataset": …, "values": {…}}` a line. The zip is written to a temporary file that
never holds a name and is gone when the block ends.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
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
BY_HAND = "sent-by-hand"
"""The dataset under which the fan-out packs a file that a person added for a system without an interface."""
_CHUNK = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def build(
    request: SubjectRequest, letter: Mapping[str, Any], sources: Sequence[Parcel]
) -> Iterator[Iterable[bytes]]:
    """Yields the bytes of the zip in chunks."""
    rows = _collect(sources)
    files = _take_files(rows)
    with tempfile.SpooledTemporaryFile(max_size=1024 * 1024) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("index.html", _page(request, letter, rows))
            archive.writestr("data.json", json.dumps(_as_json(request, rows), ensure_ascii=False, indent=1))
            for (system, dataset), found in rows.items():
                archive.writestr(f"{system}/{dataset}.csv", _as_csv(found))
            for name, content in files.items():
                archive.writestr(name, content)
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


def _take_files(rows: Rows) -> dict[str, bytes]:
    """Files that people added, by their place in the package; the rows keep only the file's name."""
    files = {}
    for (system, dataset), found in rows.items():
        for number, row in enumerate(found if dataset == BY_HAND else [], 1):
            row["file"] = f"{system}/{number}-{_plain_name(str(row.get('file', 'file')))}"
            files[row["file"]] = base64.b64decode(row.pop("content_base64", ""))
    return files


def _plain_name(name: str) -> str:
    """No path and nothing a file system could stumble over."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".") or "file"


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
