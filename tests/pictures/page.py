"""A whole dashboard as SVG: its panels where Grafana puts them, with what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.pictures.drawing import Box, Series, plot, text

Query = Callable[[dict[str, Any]], Sequence[Series]]
"""The series that a query of a panel gives."""

_COLUMN, _LINE, _TOP = 50, 26, 40
_STYLE = """<style>
text{font:11px sans-serif;fill:#24292f}.dim{fill:#6e7781}.title{font-weight:600;font-size:12px}
.panel{fill:#fff;stroke:#d0d7de}.grid{stroke:#e6e8eb}.line{fill:none;stroke-width:1.3}
</style>"""


def page(dashboard: dict[str, Any], ask: Query) -> str:
    """The picture of a dashboard whose queries `ask` answers."""
    panels = dashboard["panels"]
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    width, height = 24 * _COLUMN + 8, _TOP + bottom * _LINE + 8
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{_STYLE}'
    back = f'<rect width="{width}" height="{height}" fill="#f6f8fa"/>'
    title = text(12, 26, dashboard["title"], ' style="font-size:18px;font-weight:600"')
    drawn = (line for panel in panels for line in _panel(panel, ask))
    return "\n".join([head, back, title, *drawn, "</svg>", ""])


def _panel(panel: dict[str, Any], ask: Query) -> Iterator[str]:
    place = panel["gridPos"]
    x, y = place["x"] * _COLUMN + 6, _TOP + place["y"] * _LINE
    w, h = place["w"] * _COLUMN - 6, place["h"] * _LINE - 6
    if panel["type"] == "row":
        yield text(x + 4, y + 17, f"▾ {panel['title']}", ' class="title"')
        return
    yield f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="3" class="panel"/>'
    yield text(x + 9, y + 17, panel["title"], ' class="title"')
    axis = 0 if panel["type"] in ("stat", "state-timeline") else 62
    series = [line for target in panel["targets"] for line in ask(target)]
    finite = [Series(line.legend, _finite(line)) for line in series]
    inside = Box(x + 12 + axis, y + 28, w - 24 - axis, h - 40)
    yield from plot(panel, [line for line in finite if line.points], inside)


def _finite(series: Series) -> list[tuple[float, float]]:
    """Without what Grafana leaves blank."""
    return [(moment, value) for moment, value in series.points if math.isfinite(value)]
