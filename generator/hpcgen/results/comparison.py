"""The results of every other benchmark client, side by side: one row a run, one column a figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hpcgen.results.results import SCALING, Result

_WHO = ("client", "kind", "target", "job_id")


def kinds(results: Iterable[Result]) -> dict[str, tuple[Result, ...]]:
    """The results by their kind, without those of scaling experiments, which have their own."""
    others = [result for result in results if result.kind != SCALING]
    names = sorted({result.kind for result in others})
    return {name: tuple(each for each in others if each.kind == name) for name in names}


def rows(results: Iterable[Result]) -> list[dict[str, Any]]:
    """A row for each result: who measured, then every number, text and yes or no in it.

    What lies deeper has its path as its name, `latency_ms.p99`; of a list, each part its own name
    where it has one, else its number.
    """
    return [_row(result) for result in results]


def differing(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without columns that say the same in each, but for the figures: see `_WHO`.

    Of parameters only what differs tells two runs apart.
    """
    names = dict.fromkeys(name for row in every for name in row)
    kept = [name for name in names if _tells(name, {str(row.get(name)) for row in every})]
    return [{name: row.get(name, "") for name in kept} for row in every]


def _tells(name: str, values: set[str]) -> bool:
    return not name.startswith("parameters.") or len(values) > 1


def _row(result: Result) -> dict[str, Any]:
    figures = {name: each for name, each in result.data.items() if name not in _WHO}
    return {"run": result.run, "target": result.data.get("target", ""), **dict(_flat(figures))}


def _flat(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in part.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        elif isinstance(value, list):
            yield from _flat(dict(_named(value)), f"{path}{name}.")
        elif value is not None:
            yield f"{path}{name}", value


def _named(items: list[Any]) -> Iterator[tuple[str, Any]]:
    for number, each in enumerate(items, start=1):
        has_name = isinstance(each, Mapping) and "name" in each
        name = str(each["name"]) if has_name else str(number)
        yield name, {k: v for k, v in each.items() if k != "name"} if has_name else each
