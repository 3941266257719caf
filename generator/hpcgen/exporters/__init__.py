"""The exporters of a node's metrics, whatever service runs on it: found by listing the folders.

Each is a folder with an `Exporter` called EXPORTER, and optionally `alerts.yml`,
`alerts.test.yml` and `dashboards/`. Exporters of a service's metrics are offered by its kind.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from hpcgen.model.scraping import Exporter

FOLDER = Path(__file__).parent


@cache
def exporters() -> dict[str, Exporter]:
    """All of them, by name, in name order."""
    names = sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))
    return {name: importlib.import_module(f"{__name__}.{name}").EXPORTER for name in names}
