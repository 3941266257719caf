"""Draw the pictures of docs/dashboards/ with the lab: `.venv/bin/python -m tests.pictures [NAME…]`.

Two deployments are put under load on the lab, one after the other, and what their Prometheus has
measured meanwhile is drawn where each dashboard shows it. What does not run there stays empty.
Where dashboards are named, those alone are drawn.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from hpcgen.grafana.dashboard import dashboard
from hpcgen.grafana.selection import all_dashboards

from tests.dashboards import plain
from tests.lab.cluster import Lab
from tests.lab.grafana import grafana, watched
from tests.lab.monitoring import start
from tests.lab.qdrant_minio_triton import KINDS, LOAD, deployment, printed
from tests.lab.ray import wide
from tests.pictures.drawing import Series
from tests.pictures.page import page

DOCS = Path(__file__).parents[2] / "docs" / "dashboards"
LASTS = 100
"""Seconds that are shown."""

STEP = 4
STORES = ("ray", *KINDS.values())
"""The dashboards of the second deployment."""

Look = Callable[..., Any]
"""What Prometheus answers to a query over a range of time."""


def everything_else(lab: Lab) -> Look:
    """Redis, MySQL, a model and a fleet, with clients, and a Grafana to ask."""
    shown = grafana(lab, watched(lab, "pictures"))
    time.sleep(LASTS)
    path = "/api/datasources/proxy/uid/prometheus/api/v1/query_range"
    return lambda **query: shown.json(path, **query)["data"]


def stores(lab: Lab) -> Look:
    """Qdrant, MinIO, Triton and a Ray cluster of two nodes, which are asked all the time."""
    made = deployment(lab)
    made["name"] = "pictures-of-stores"
    made["services"]["llm"] = wide(lab, ray_metrics_port=8090, exporters=[])
    deployed = start(lab, made)
    end = time.monotonic() + LASTS
    while time.monotonic() < end:
        for name, line in LOAD.items():
            printed(deployed, name, line)
    return lambda **query: deployed.get("/api/v1/query_range", **query)


def series(look: Look, target: Mapping[str, Any], end: float) -> Sequence[Series]:
    """What a query of a panel gives over the time that is shown."""
    span = {"start": f"{end - LASTS:.0f}", "end": f"{end:.0f}", "step": str(STEP)}
    result = look(query=plain(target["expr"]), **span)["result"]
    return [
        Series(
            legend(target["legendFormat"], series["metric"]),
            [(float(moment), float(value)) for moment, value in series["values"]],
        )
        for series in result
    ]


def legend(form: str, labels: Mapping[str, str]) -> str:
    """The legend of a series, in which `{{label}}` stands for a label's value."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), form).strip()


def draw(look: Look, names: Collection[str]) -> None:
    """The pictures of these dashboards."""
    end = time.time()
    for name in names:
        drawn = page(dashboard(all_dashboards()[name]), lambda target: series(look, target, end))
        (DOCS / f"{name}.svg").write_text(drawn, encoding="utf-8")


def main(chosen: Sequence[str]) -> None:
    """Bring the lab up, let the load run, and draw."""
    lab = Lab()
    lab.up(nodes=5)
    try:
        for begin, mine in ((stores, True), (everything_else, False)):
            names = [name for name in chosen or all_dashboards() if (name in STORES) == mine]
            if names:
                draw(begin(lab), names)
                lab.clear()
    finally:
        lab.down()


if __name__ == "__main__":
    main(sys.argv[1:])
