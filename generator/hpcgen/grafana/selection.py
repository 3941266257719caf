"""Which dashboards there are, and which of them have data in a deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from hpcgen.grafana.source import Dashboard, read
from hpcgen.model.kind import SERVICES


@cache
def every() -> dict[str, Dashboard]:
    """All dashboards, by name: those of no kind first, then each kind's, both in name order."""
    general = files("hpcgen.templates").joinpath("grafana", "dashboards")
    own = SERVICES.glob("**/dashboards")
    found = (read(*each) for folder in (general, *sorted(own)) for each in _files(folder))
    return {dashboard.name: dashboard for dashboard in found}


def with_data(sources: Iterable[str]) -> Iterator[Dashboard]:
    """Those that something in `sources` tells of, each without the rows that nothing tells of.

    A source is an exporter's name, or that of a kind whose services export for themselves, or what
    else they tell by a name of its own.
    """
    known = {"", *sources}
    for each in every().values():
        rows = tuple(row for row in each.rows if row.needs in known)
        if each.needs in known and rows:
            yield replace(each, rows=rows)


def _files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            yield path.name.removesuffix(".yaml"), path.read_bytes()
