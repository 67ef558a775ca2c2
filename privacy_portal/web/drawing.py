"""The strokes charts are made of. Geometry is in percent of the width and pixels of the height; colours are classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

PLOT = 132  # height of a line plot in pixels, without the labels below it
AXIS = 9.0  # percent of the width left to the numbers of a line chart
LABEL_GAP = 14.0  # two labels closer than this many percent would overlap on a phone
T = TypeVar("T")


def picture(title: str, summary: str, height: int, body: SafeString) -> SafeString:
    return format_html(
        '<svg class="p-chart__svg" role="img" width="100%" height="{}" xmlns="http://www.w3.org/2000/svg">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        height,
        title,
        summary,
        body,
    )


def grid(top: float) -> SafeString:
    rows = [(0.0, "0"), (0.5, number(top / 2)), (1.0, number(top))]
    return format_html_join(
        "",
        '<line class="p-stroke-line" x1="{3}%" x2="100%" y1="{0}" y2="{0}"/>'
        '<text class="p-chart__axis" x="{4}%" y="{1}" text-anchor="end">{2}</text>',
        (
            (place(height_of(share)), place(height_of(share) + 4), word, AXIS, AXIS - 1.5)
            for share, word in rows
        ),
    )


def dot(x: float, y: float, tone: str, *, hollow: bool) -> SafeString:
    kind = "p-dot--hollow" if hollow else "p-dot"
    return format_html(
        '<circle class="{} p-tone-{}" cx="{}%" cy="{}" r="3.5"/>', kind, tone, place(x), place(y)
    )


def steps(labels: Sequence[str]) -> SafeString:
    every = 1 if len(labels) <= 6 else 2 if len(labels) <= 12 else len(labels) // 6
    last = len(labels) - 1
    places = enumerate(spread(labels, left=AXIS))
    return join([word(x, label, PLOT + 18) for step, (x, label) in places if (last - step) % every == 0])


def word(x: float, label: str, y: int) -> SafeString:
    anchor = "start" if x < 4 else "end" if x > 96 else "middle"
    return format_html(
        '<text class="p-chart__axis" x="{}%" y="{}" text-anchor="{}">{}</text>', place(x), y, anchor, label
    )


def ticks(places: Sequence[tuple[float, str]]) -> Iterator[SafeString]:
    labelled = -LABEL_GAP
    for x, label in sorted(places):
        yield format_html('<line class="p-stroke-tick" x1="{0}%" x2="{0}%" y1="6" y2="20"/>', place(x))
        if x - labelled >= LABEL_GAP:
            labelled = x
            yield word(x, label, 36)


def spread(values: Sequence[T], *, left: float = 0.0, right: float = 99.0) -> Iterator[tuple[float, T]]:
    gaps = max(len(values) - 1, 1)
    return ((left + (right - left) * step / gaps, value) for step, value in enumerate(values))


def height_of(share: float) -> float:
    return PLOT - 4 - share * (PLOT - 24)


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def place(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def join(pieces: Sequence[SafeString]) -> SafeString:
    return mark_safe("".join(pieces))  # noqa: S308  every piece came from format_html
