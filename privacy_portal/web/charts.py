"""Pictures of numbers as server-side SVG: pure functions, finished values in, a Chart out.

Geometry is in percent of the width and pixels of the height, so text keeps its size on a phone. Colours are classes,
so that dark mode and print follow. Each Chart carries the same numbers as a table for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from privacy_portal.web import drawing


@dataclass(frozen=True, slots=True)
class Slice:
    """One number with its word; `tone` is one of web.tones, `url` leads to the rows it counts."""

    label: str
    value: float
    tone: str = "info"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a line chart; lines differ by dash and mark, not by colour alone."""

    label: str
    values: Sequence[float]
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a countdown that has a name, such as a deadline alert."""

    at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    slice: Slice
    svg: SafeString


@dataclass(frozen=True, slots=True)
class Chart:
    """What components/chart.html draws: the picture, what it says, and the same as a table."""

    title: str
    summary: str
    svg: SafeString
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[Slice, ...] = ()
    bars: tuple[Bar, ...] = ()
    kind: str = "bar"
    is_empty: bool = False


def stacked(title: str, slices: Sequence[Slice], *, unit: str = "") -> Chart:
    """One bar of parts, such as on time / due soon / past due."""
    total = sum(part.value for part in slices)
    return Chart(
        title=title,
        summary=_sentence(slices),
        svg=drawing.picture(title, _sentence(slices), 28, _parts(slices, total)),
        head=("", unit or title, "%"),
        rows=tuple(
            (part.label, drawing.number(part.value), drawing.number(_percent(part.value, total)))
            for part in slices
        ),
        legend=tuple(slices),
        is_empty=total == 0,
    )


def bars(title: str, slices: Sequence[Slice]) -> Chart:
    """Horizontal bars, longest scale first come; drawn as a table, so it is its own twin."""
    top = max((part.value for part in slices), default=0)
    drawn = (Bar(part, _one_bar(part, top)) for part in slices)
    return Chart(
        title=title,
        summary=_sentence(slices),
        svg=SafeString(""),
        head=("", title),
        rows=tuple((part.label, drawing.number(part.value)) for part in slices),
        bars=tuple(drawn),
        is_empty=top == 0,
    )


def lines(title: str, labels: Sequence[str], series: Sequence[Series]) -> Chart:
    """Lines over the same steps, such as opened and closed per month."""
    top = max((value for one in series for value in one.values), default=0)
    plot = [*(_line(one, index, top or 1) for index, one in enumerate(series)), drawing.steps(labels)]
    strokes = [drawing.grid(top or 1), *plot]
    summary = "; ".join(
        f"{one.label}: {', '.join(drawing.number(value) for value in one.values)}" for one in series
    )
    return Chart(
        title=title,
        summary=summary,
        svg=drawing.picture(title, summary, drawing.PLOT + 24, drawing.join(strokes)),
        head=("", *(one.label for one in series)),
        rows=tuple(
            (label, *(drawing.number(one.values[step]) for one in series))
            for step, label in enumerate(labels)
        ),
        legend=tuple(Slice(one.label, sum(one.values), one.tone) for one in series),
        kind="lines",
        is_empty=top == 0,
    )


def countdown(
    title: str, *, start: datetime, due: datetime, now: datetime, marks: Sequence[Mark] = (), tone: str = ""
) -> Chart:
    """Time gone and time left between start and due; past the due moment the bar grows on, and red."""
    end = max(due, now)
    tone = "late" if now > due else tone or "info"
    gone, limit = _share(now, start, end), _share(due, start, end)
    pieces = [
        SafeString('<rect class="p-fill-track" x="0" y="6" width="100%" height="14" rx="7"/>'),
        format_html(
            '<rect class="p-fill-{}" x="0" y="6" width="{}%" height="14" rx="7"/>', tone, drawing.place(gone)
        ),
        *drawing.ticks([(_share(mark.at, start, end), mark.label) for mark in marks]),
        format_html('<line class="p-stroke-ink" x1="{0}%" x2="{0}%" y1="2" y2="24"/>', drawing.place(limit)),
    ]
    summary = f"{drawing.number(round(_share(now, start, due)))} %"
    rows = sorted([(start, "start"), *((mark.at, mark.label) for mark in marks), (now, "now"), (due, "due")])
    return Chart(
        title=title,
        summary=summary,
        svg=drawing.picture(title, summary, 42 if marks else 26, drawing.join(pieces)),
        head=("", ""),
        rows=tuple((label, at.isoformat(sep=" ", timespec="minutes")) for at, label in rows),
    )


def sparkline(title: str, values: Sequence[float]) -> Chart:
    """A line without axes, the height of a text row."""
    top = max(values, default=0) or 1
    points = " ".join(
        f"{drawing.place(x)},{drawing.place(22 - 20 * value / top)}" for x, value in drawing.spread(values)
    )
    summary = ", ".join(drawing.number(value) for value in values)
    line = format_html(
        '<svg viewBox="0 0 100 24" preserveAspectRatio="none" width="100%" height="24">'
        '<polyline class="p-line p-stroke-info" points="{}"/></svg>',
        points,
    )
    return Chart(
        title=title,
        summary=summary,
        svg=drawing.picture(title, summary, 24, line),
        head=("", title),
        rows=tuple((str(step), drawing.number(value)) for step, value in enumerate(values, start=1)),
        is_empty=not values,
    )


def _parts(slices: Sequence[Slice], total: float) -> SafeString:
    pieces, left = [], 0.0
    for part in slices:
        width = _percent(part.value, total)
        if width:
            pieces.append(
                format_html(
                    '<rect class="p-fill-{} p-part" x="{}%" y="2" width="{}%" height="24"><title>{}: {}</title></rect>',
                    part.tone,
                    drawing.place(left),
                    drawing.place(width),
                    part.label,
                    drawing.number(part.value),
                )
            )
        left += width
    return drawing.join(pieces)


def _one_bar(part: Slice, top: float) -> SafeString:
    return format_html(
        '<svg class="p-chart__bar" aria-hidden="true" focusable="false" width="100%" height="12">'
        '<rect class="p-fill-track" width="100%" height="12" rx="3"/>'
        '<rect class="p-fill-{}" width="{}%" height="12" rx="3"/></svg>',
        part.tone,
        drawing.place(_percent(part.value, top)),
    )


def _line(one: Series, index: int, top: float) -> SafeString:
    places = [
        (x, drawing.height_of(value / top)) for x, value in drawing.spread(one.values, left=drawing.AXIS)
    ]
    points = " ".join(f"{drawing.place(x)},{drawing.place(y)}" for x, y in places)
    style = "p-line p-line--dashed" if index % 2 else "p-line"
    path = format_html(
        '<svg viewBox="0 0 100 {0}" preserveAspectRatio="none" width="100%" height="{0}">'
        '<polyline class="{1} p-stroke-{2}" points="{3}"/></svg>',
        drawing.PLOT,
        style,
        one.tone,
        points,
    )
    return path + drawing.join([drawing.dot(x, y, one.tone, hollow=bool(index % 2)) for x, y in places])


def _share(at: datetime, start: datetime, end: datetime) -> float:
    span = (end - start).total_seconds()
    return 100.0 if span <= 0 else min(max(100 * (at - start).total_seconds() / span, 0.0), 100.0)


def _percent(value: float, total: float) -> float:
    return 100 * value / total if total else 0.0


def _sentence(slices: Sequence[Slice]) -> str:
    return ", ".join(f"{part.label}: {drawing.number(part.value)}" for part in slices)
