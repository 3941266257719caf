"""The expressions of dashboards, as Prometheus gets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hpcgen.grafana.panel import queries
from hpcgen.grafana.source import Dashboard


def plain(expression: str) -> str:
    """The expression as Prometheus gets it, whatever was chosen."""
    return re.sub(r"\$(\w+)", ".*", expression.replace("$__rate_interval", "1m"))


def expressions(dashboards: Iterable[Dashboard]) -> Iterator[str]:
    """Every expression of panels, and the series of every variable."""
    for dashboard in dashboards:
        yield from dashboard.variables.values()
        panels = (panel for row in dashboard.rows for panel in row.panels)
        yield from (expression for panel in panels for expression in queries(panel).values())
