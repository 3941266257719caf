"""Draw the pictures of docs/dashboards/: `.venv/bin/python -m tests.pictures` with the lab.

A deployment of Redis, MySQL and a model is put under load on the lab, and what its Prometheus
has measured meanwhile is drawn where each dashboard shows it. What does not run there stays empty.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hpcgen.grafana.dashboard import dashboard
from hpcgen.grafana.selection import every

from tests.lab.cluster import Lab
from tests.lab.test_grafana import Grafana, grafana, watched
from tests.pictures.drawing import Series
from tests.pictures.page import page
from tests.test_dashboards import plain

DOCS = Path(__file__).parents[2] / "docs" / "dashboards"
LASTS = 100
"""Seconds that are shown."""

STEP = 4


def series(shown: Grafana, target: Mapping[str, Any], end: float) -> Sequence[Series]:
    """What a query of a panel gives over the time that is shown."""
    path = "/api/datasources/proxy/uid/prometheus/api/v1/query_range"
    span = {"start": f"{end - LASTS:.0f}", "end": f"{end:.0f}", "step": str(STEP)}
    found = shown.json(path, query=plain(target["expr"]), **span)["data"]["result"]
    return [
        Series(
            legend(target["legendFormat"], each["metric"]),
            [(float(moment), float(value)) for moment, value in each["values"]],
        )
        for each in found
    ]


def legend(form: str, labels: Mapping[str, str]) -> str:
    """The legend of a series, in which `{{label}}` stands for a label's value."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), form).strip()


def main() -> None:
    """Bring the lab up, let the load run, and draw."""
    lab = Lab()
    lab.up(nodes=5)
    try:
        shown = grafana(lab, watched(lab, "pictures"))
        time.sleep(LASTS)
        end = time.time()
        DOCS.mkdir(exist_ok=True)
        for name, each in every().items():
            drawn = page(dashboard(each), lambda target: series(shown, target, end))
            (DOCS / f"{name}.svg").write_text(drawn, encoding="utf-8")
    finally:
        lab.down()


if __name__ == "__main__":
    main()
