"""All dashboards, and those that have data in a deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from hpcgen.balancers import balancers
from hpcgen.grafana.source import Dashboard, read
from hpcgen.model.kind import SERVICES


@cache
def all_dashboards() -> dict[str, Dashboard]:
    """All dashboards, by name: those of no kind first, then each kind's, both in name order."""
    general = files("hpcgen.templates").joinpath("grafana", "dashboards")
    texts = (file for folder in (general, *_folders()) for file in _files(folder))
    return {name: read(name, text) for name, text in texts}


def _folders() -> Iterator[Path]:
    """The folders of dashboards of services and balancers, by the names of these."""
    kinds = (*SERVICES.iterdir(), *(balancer.folder for balancer in balancers().values()))
    for kind in sorted(kinds, key=lambda folder: folder.name):
        yield from sorted(kind.glob("**/dashboards"))


def dashboards_with_data(sources: Iterable[str]) -> Iterator[Dashboard]:
    """The dashboards with metrics from `sources`, each without the rows that have none.

    A source is the name of an exporter, of a kind whose services export metrics themselves, or of
    one of such a service's further endpoints.
    """
    available = {"", *sources}
    for dashboard in all_dashboards().values():
        rows = tuple(row for row in dashboard.rows if row.needs in available)
        if dashboard.needs in available and rows:
            yield replace(dashboard, rows=rows)


def _files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            yield path.name.removesuffix(".yaml"), path.read_bytes()
