"""An export as it arrives: one record at a time, from NDJSON or one JSON array, never the whole of it in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any

import httpx2

from privacy_portal.connectors.base import Record, Refused, Unreachable

_LONGEST_RECORD = 1 << 20


class RecordStream:
    """Iterate once. Raises Unreachable if the stream breaks off, Refused on what is no record. Closes itself."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/x-ndjson":
            self._read = _lines
        elif kind == "application/json":
            self._read = _elements
        else:
            response.close()
            raise Refused("bad_answer")

    def __iter__(self) -> Iterator[Record]:
        try:
            for value in self._read(_texts(self._response)):
                yield _record(value)
        except httpx2.TimeoutException as error:
            raise Unreachable("timeout") from error
        except httpx2.TransportError as error:
            raise Unreachable("half_body") from error
        finally:
            self.close()

    def close(self) -> None:
        self._response.close()

    def __del__(self) -> None:
        # Nobody read it to the end: the connection goes back all the same.
        self._response.close()


def _texts(response: httpx2.Response) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in response.iter_raw():
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Refused("bad_json") from error


def _lines(texts: Iterator[str]) -> Iterator[Any]:
    """One JSON value a line; the last line `{"end": true, "rows": n}` says that nothing is missing."""
    rows, held, ended = 0, "", False
    for text in texts:
        *whole, held = (held + text).split("\n")
        _check_length(held)
        for line in whole:
            if ended and line.strip():
                raise Refused("bad_answer")
            value = _parsed(line) if line.strip() else None
            if isinstance(value, dict) and value.get("end") is True:
                ended = _counted(value, rows)
            elif value is not None:
                rows += 1
                yield value
    if held.strip() or not ended:
        raise Unreachable("half_body")


def _counted(end: dict[str, Any], rows: int) -> bool:
    if end.get("rows") != rows:
        raise Unreachable("half_body")
    return True


def _elements(texts: Iterator[str]) -> Iterator[Any]:
    """The elements of one JSON array; its closing bracket says that nothing is missing."""
    decoder = json.JSONDecoder()
    held, opened = "", False
    for text in texts:
        held = (held + text).lstrip()
        if not opened and held:
            if held[0] != "[":
                raise Refused("bad_answer")
            held, opened = held[1:].lstrip(), True
        while held and held[0] != "]":
            value, end = _next_element(decoder, held)
            if end is None:
                break
            held = held[end:].lstrip()
            yield value
        _check_length(held)
    if not held.startswith("]"):
        raise Unreachable("half_body")
    if held[1:].strip():
        raise Refused("bad_answer")


def _next_element(decoder: json.JSONDecoder, held: str) -> tuple[Any, int | None]:
    """A value and where it ends; no end while it, or the comma or bracket after it, has not come yet."""
    start = 1 if held[0] == "," else 0
    while start < len(held) and held[start].isspace():
        start += 1
    try:
        value, end = decoder.raw_decode(held, start)
    except (json.JSONDecodeError, RecursionError):
        return None, None
    return (value, end) if held[end:].lstrip()[:1] in (",", "]") else (None, None)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Refused("bad_json") from error


def _check_length(held: str) -> None:
    if len(held) > _LONGEST_RECORD:
        raise Refused("record_too_large")


def _record(value: Any) -> Record:
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("dataset"), str)
        or not isinstance(value.get("values"), dict)
    ):
        raise Refused("bad_answer")
    return Record(dataset=value["dataset"][:80], values=value["values"])
