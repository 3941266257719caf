"""A dashboard as people write it: rows of panels, each with its queries, unit and description.

`schemas/dashboard.schema.json` describes the file. What Grafana wants beyond it, `panel.py` and
`dashboard.py` of this package add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hpcgen.load import load_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`queries` are PromQL expressions by their legend, in which `{{label}}` is a label's value.

    `unit`, `min`, `max` and `decimals` are Grafana's own words for the axis. `histogram` is a
    histogram's name and selector, and stands for its quantiles and average. `states` are values,
    each with its word and colour; `steps` are values, each with the colour from there on.
    `width` is of 24 columns; without one the panels of a row share it.
    """

    title: str
    description: str
    type: str = "timeseries"
    unit: str = "short"
    min: float | None = 0
    max: float | None = None
    decimals: int | None = None
    stack: bool = False
    width: int | None = None
    states: tuple[tuple[float, str, str], ...] = ()
    steps: tuple[tuple[float, str], ...] = ()
    histogram: str = ""
    queries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels of one height, in units of about 30 pixels. `needs` names what must be scraped."""

    title: str
    panels: tuple[Panel, ...]
    height: int = 8
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """`name` is the file's, and the tail of the dashboard's uid.

    `variables` are the series whose label of that name can be chosen from. `needs` names what must
    be scraped for the whole of it to have data.
    """

    name: str
    title: str
    description: str
    rows: tuple[Row, ...] = field(hash=False)
    needs: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)


def read(name: str, text: bytes) -> Dashboard:
    """The dashboard `name` of its YAML. Raises RecipeError where that is no good YAML."""
    data = load_text(f"{name}.yaml", text).data
    return Dashboard(**{**data, "name": name, "rows": tuple(_row(row) for row in data["rows"])})


def _row(data: Mapping[str, Any]) -> Row:
    return Row(**{**data, "panels": tuple(Panel(**panel) for panel in data["panels"])})
