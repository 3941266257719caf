"""A panel as Grafana's JSON has it: its queries, its axis, and how its kind of panel is drawn.

The words are those of Grafana's dashboard schema and of each panel's own options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from string import ascii_uppercase
from typing import Any

from hpcgen.grafana.source import Panel

Json = dict[str, Any]

UID = "prometheus"
"""The uid of the data source, which every dashboard refers to."""

SOURCE: Json = {"type": "prometheus", "uid": UID}

_QUANTILES = {"50 %": "0.5", "90 %": "0.9", "95 %": "0.95", "99 %": "0.99"}
_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_LEGEND = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
_TOOLTIP = {"mode": "multi", "sort": "desc"}

_OPTIONS: Mapping[str, Json] = {
    "timeseries": {"legend": _LEGEND, "tooltip": _TOOLTIP},
    "stat": {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": _LAST,
        "showPercentChange": False,
        "textMode": "auto",
        "wideLayout": True,
    },
    "state-timeline": {
        "legend": _LEGEND,
        "mergeValues": True,
        "rowHeight": 0.9,
        "showValue": "never",
        "tooltip": _TOOLTIP,
    },
    "heatmap": {
        "calculate": False,
        "cellGap": 1,
        "color": {
            "exponent": 0.5,
            "fill": "dark-blue",
            "mode": "scheme",
            "reverse": False,
            "scale": "exponential",
            "scheme": "Blues",
            "steps": 64,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "reverse": False},
    },
}
"""The options of each type of panel beside its queries; the rest are Grafana's defaults."""

_CUSTOM: Mapping[str, Json] = {
    "timeseries": {"fillOpacity": 10, "lineWidth": 1, "showPoints": "auto"},
    "state-timeline": {"fillOpacity": 70, "lineWidth": 0},
}


def panel(source: Panel, number: int, place: Mapping[str, int]) -> Json:
    """The panel with the id `number`, at `place` of the grid."""
    return {
        "datasource": SOURCE,
        "description": source.description,
        "fieldConfig": {"defaults": _defaults(source), "overrides": []},
        "gridPos": dict(place),
        "id": number,
        "options": _options(source),
        "targets": list(_targets(source)),
        "title": source.title,
        "type": source.type,
    }


def queries(source: Panel) -> Mapping[str, str]:
    """Its expressions by their legend, those of its histogram among them."""
    return dict(_histogram_queries(source.histogram)) if source.histogram else source.queries


def _targets(source: Panel) -> Iterator[Json]:
    """One query after the other, A, B and so on; a number needs but the last value."""
    single = source.type == "stat"
    for letter, (legend, expr) in zip(ascii_uppercase, queries(source).items(), strict=False):
        yield {
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": expr,
            "format": "heatmap" if source.type == "heatmap" else "time_series",
            "instant": single,
            "legendFormat": legend,
            "range": not single,
            "refId": letter,
        }


def _histogram_queries(selected: str) -> Iterator[tuple[str, str]]:
    """The queries for quantiles and the average of a histogram, over all selected series."""
    name, brace, labels = selected.partition("{")
    rate = {
        part: f"rate({name}_{part}{brace}{labels}[$__rate_interval])"
        for part in ("bucket", "sum", "count")
    }
    for legend, share in _QUANTILES.items():
        yield legend, f"histogram_quantile({share}, sum by (le) ({rate['bucket']}))"
    yield "average", f"sum({rate['sum']}) / sum({rate['count']})"


def _options(source: Panel) -> Json:
    options = _OPTIONS[source.type]
    if source.type == "heatmap":
        return {**options, "yAxis": {**options["yAxis"], "unit": source.unit}}
    return options


def _defaults(source: Panel) -> Json:
    """The axis, its colours, and the words that stand for values."""
    custom = dict(_CUSTOM.get(source.type, {}))
    if source.stack:
        custom["stacking"] = {"group": "A", "mode": "normal"}
    bounds = {"min": source.min, "max": source.max, "decimals": source.decimals}
    return {
        **({"custom": custom} if custom else {}),
        **{name: bound for name, bound in bounds.items() if bound is not None},
        **({"mappings": [_mapping(source.states)]} if source.states else {}),
        **({"color": {"mode": "thresholds"}} if source.steps else {}),
        **({"thresholds": _thresholds(source.steps)} if source.steps else {}),
        "unit": source.unit,
    }


def _mapping(states: Iterable[tuple[float, str, str]]) -> Json:
    shown = {
        f"{value:g}": {"color": colour, "index": index, "text": word}
        for index, (value, word, colour) in enumerate(states)
    }
    return {"options": shown, "type": "value"}


def _thresholds(steps: Iterable[tuple[float, str]]) -> Json:
    """Green below the first step: no value at all is Grafana's minus infinity."""
    later = ({"color": colour, "value": value} for value, colour in steps)
    return {"mode": "absolute", "steps": [{"color": "green", "value": None}, *later]}
