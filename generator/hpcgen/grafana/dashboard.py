"""A dashboard as Grafana's JSON has it, laid out so that a review shows one change as few lines.

A panel's id is made of its own title and its row's, so no other panel's changes when one is added;
its place depends on its own row, and on the heights of those above.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256

from hpcgen.grafana.layout import lay_out
from hpcgen.grafana.panel import SOURCE, Json, panel
from hpcgen.grafana.source import Dashboard, Row

_COLUMNS = 24
_SCHEMA_VERSION = 41
"""Of Grafana's dashboard JSON, as Grafana 12 writes it."""


@cache
def dump(source: Dashboard) -> str:
    """The dashboard's JSON, and a final line feed."""
    return lay_out(dashboard(source)) + "\n"


def dashboard(source: Dashboard) -> Json:
    """The dashboard as data. Grafana gives it an id of its own, and knows it by its uid."""
    return {
        "annotations": {"list": []},
        "description": source.description,
        "editable": False,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "links": [_dashboard_menu()],
        "panels": list(_panels(source)),
        "refresh": "10s",
        "schemaVersion": _SCHEMA_VERSION,
        "tags": ["hpcgen"],
        "templating": {"list": [_variable(*variable) for variable in source.variables.items()]},
        "time": {"from": "now-30m", "to": "now"},
        "timezone": "browser",
        "title": source.title,
        "uid": f"hpcgen-{source.name}",
        "version": 1,
    }


def _panels(source: Dashboard) -> Iterator[Json]:
    top = 0
    for row in source.rows:
        yield {
            "collapsed": False,
            "gridPos": {"h": 1, "w": _COLUMNS, "x": 0, "y": top},
            "id": _id(row.title),
            "panels": [],
            "title": row.title,
            "type": "row",
        }
        yield from _row_panels(row, top + 1)
        top += 1 + row.height


def _row_panels(row: Row, top: int) -> Iterator[Json]:
    left = 0
    for source in row.panels:
        width = source.width or _COLUMNS // len(row.panels)
        place = {"h": row.height, "w": width, "x": left, "y": top}
        yield panel(source, _id(f"{row.title}/{source.title}"), place)
        left += width


def _id(title: str) -> int:
    """A number from 1 on, below what every reader of JSON holds exactly."""
    return 1 + int.from_bytes(sha256(title.encode()).digest()[:4], "big") // 2


def _variable(name: str, series: str) -> Json:
    """A menu of the values of a label of the series, all of them selected at first."""
    query = f"label_values({series}, {name})"
    return {
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
        "datasource": SOURCE,
        "includeAll": True,
        "label": name.replace("_", " ").capitalize(),
        "multi": True,
        "name": name,
        "query": {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor"},
        "refresh": 2,
        "sort": 1,
        "type": "query",
    }


def _dashboard_menu() -> Json:
    """A menu of the deployment's other dashboards, which keeps the chosen time range."""
    return {
        "asDropdown": True,
        "icon": "external link",
        "includeVars": False,
        "keepTime": True,
        "tags": ["hpcgen"],
        "targetBlank": False,
        "title": "Dashboards",
        "tooltip": "",
        "type": "dashboards",
        "url": "",
    }
