"""The plot of one panel as SVG: lines, a number, states over time, or a heatmap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tests.pictures.units import shown

COLOURS = ("#3274d9", "#e0752d", "#56a64b", "#a352cc", "#c4162a", "#8f6e00", "#007d7d", "#6e6e6e")
_NAMED = {"green": "#56a64b", "orange": "#ff9830", "red": "#e02f44"}
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one series by their times, and what its legend says."""

    legend: str
    points: Points


@dataclass(frozen=True, slots=True)
class Box:
    """A place of the page, in pixels."""

    x: float
    y: float
    w: float
    h: float


def text(x: float, y: float, content: str, more: str = "") -> str:
    """A line of text."""
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{escape(content)}</text>'


def plot(panel: dict[str, Any], series: Sequence[Series], box: Box) -> Iterator[str]:
    """What the panel shows of its series, within the box."""
    if not any(line.points for line in series):
        middle = ' text-anchor="middle" class="dim"'
        yield text(box.x + box.w / 2, box.y + box.h / 2, "no data", middle)
        return
    draw = {"stat": _stat, "state-timeline": _states, "heatmap": _heatmap}
    yield from draw.get(panel["type"], _lines)(panel, series, box)


def _stat(panel: dict[str, Any], series: Sequence[Series], box: Box) -> Iterator[str]:
    """The last value of each series: one large, several below each other with their legends."""
    unit, height = panel["fieldConfig"]["defaults"]["unit"], box.h / len(series)
    for place, line in enumerate(series):
        y, value = box.y + height * (place + 0.5) + 4, line.points[-1][1]
        word, colour = _state(panel, value)
        if len(series) == 1:
            style = f' text-anchor="middle" style="font-size:22px;fill:{colour}"'
            yield text(box.x + box.w / 2, y + 4, word or shown(value, unit), style)
        else:
            style = f' text-anchor="end" style="font-size:14px;fill:{colour}"'
            yield text(box.x + 4, y, line.legend)
            yield text(box.x + box.w - 4, y, word or shown(value, unit), style)


def _state(panel: dict[str, Any], value: float) -> tuple[str, str]:
    """The word that stands for a value, and its colour."""
    defaults = panel["fieldConfig"]["defaults"]
    for mapping in defaults.get("mappings", ()):
        if option := mapping["options"].get(f"{value:g}"):
            return option["text"], _NAMED[option["color"]]
    steps = defaults.get("thresholds", {"steps": [{"color": "green", "value": None}]})["steps"]
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    return "", _NAMED[reached[-1]["color"]]


def _states(panel: dict[str, Any], series: Sequence[Series], box: Box) -> Iterator[str]:
    """A bar for each series, in pieces of one state."""
    across, height = _across(series, box), box.h / len(series)
    step = box.w / 60
    for row, line in enumerate(series):
        top = box.y + row * height
        for begin, end, value in _runs(line.points):
            left, right = across(begin), min(across(end) + step, box.x + box.w)
            colour = _state(panel, value)[1]
            place = f'x="{left:.0f}" y="{top + 2:.0f}" width="{right - left:.0f}"'
            yield f'<rect {place} height="{height - 4:.0f}" fill="{colour}" opacity=".6"/>'
        yield text(box.x + 5, top + height / 2 + 4, line.legend)


def _runs(points: Points) -> Iterator[tuple[float, float, float]]:
    begin, last, state = points[0][0], points[0][0], points[0][1]
    for moment, value in points:
        if value != state:
            yield begin, last, state
            begin, state = moment, value
        last = moment
    yield begin, last, state


def _heatmap(panel: dict[str, Any], series: Sequence[Series], box: Box) -> Iterator[str]:
    """Buckets from the bottom up, by how many are in each and in no lower one."""
    ordered = sorted(series, key=lambda bucket: float(bucket.legend))
    rows, below = [], dict[float, float]()
    for bucket in ordered:
        counts = dict(bucket.points)
        rows.append({t: max(0.0, counts[t] - below.get(t, 0.0)) for t in counts})
        below = counts
    most = max((value for row in rows for value in row.values()), default=0.0) or 1.0
    width, height = box.w / max(len(row) for row in rows), box.h / len(rows)
    across = _across(series, Box(box.x, box.y, box.w - width, box.h))
    for number, (row, bucket) in enumerate(zip(rows, ordered, strict=True)):
        top = box.y + box.h - (number + 1) * height
        for moment, value in row.items():
            place = f'x="{across(moment):.0f}" y="{top:.0f}" width="{width + 1:.0f}"'
            shade = (value / most) ** 0.5
            if shade > 0.02:
                yield f'<rect {place} height="{height:.0f}" fill="#3274d9" opacity="{shade:.2f}"/>'
        if number % max(1, len(rows) // 5) == 0:
            unit = panel["fieldConfig"]["defaults"]["unit"]
            label = "∞" if bucket.legend == "+Inf" else shown(float(bucket.legend), unit)
            yield text(box.x - 6, top + height / 2 + 4, label, ' text-anchor="end" class="dim"')


def _lines(panel: dict[str, Any], series: Sequence[Series], box: Box) -> Iterator[str]:
    """A line for each series, three lines of the grid, and the legend below."""
    defaults = panel["fieldConfig"]["defaults"]
    values = [value for line in series for _, value in line.points]
    low = min([*values, defaults["min"]] if "min" in defaults else values)
    high = max([*values, *([defaults["max"]] if "max" in defaults else ())])
    high = high if high > low else low + 1
    across, height = _across(series, box), box.h - 16
    for part in (0, 0.5, 1):
        y = box.y + height * (1 - part)
        yield f'<path d="M{box.x:.0f} {y:.0f}h{box.w:.0f}" class="grid"/>'
        label = shown(low + (high - low) * part, defaults["unit"])
        yield text(box.x - 6, y + 4, label, ' text-anchor="end" class="dim"')
    for number, line in enumerate(series):
        points = (
            f"{across(t):.0f} {box.y + height * (1 - (v - low) / (high - low)):.0f}"
            for t, v in line.points
        )
        yield f'<path d="M{"L".join(points)}" stroke="{_colour(number)}" class="line"/>'
    yield from _legend(series, box)


def _legend(series: Sequence[Series], box: Box) -> Iterator[str]:
    x = box.x
    for number, line in enumerate(series):
        width = 16 + 5.6 * len(line.legend)
        if x + width + 60 * (number + 1 < len(series)) > box.x + box.w:
            yield text(x, box.y + box.h + 2, f"and {len(series) - number} more", ' class="dim"')
            return
        start = f"M{x:.0f} {box.y + box.h - 2:.0f}"
        yield f'<path d="{start}h8" stroke="{_colour(number)}" class="line"/>'
        yield text(x + 11, box.y + box.h + 2, line.legend)
        x += width + 6


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _across(series: Sequence[Series], box: Box) -> Any:
    times = [moment for line in series for moment, _ in line.points]
    first, last = min(times), max(*times, min(times) + 1)
    return lambda moment: box.x + box.w * (moment - first) / (last - first)
