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
    return {name: tuple(result for result in others if result.kind == name) for name in names}


def rows(results: Iterable[Result]) -> list[dict[str, Any]]:
    """A row for each result: the client that measured, then every number, text and boolean in it.

    The name of a nested value is its path, `latency_ms.p99`; an item of a list has its own name or
    else its number.
    """
    return [_row(result) for result in results]


def without_equal_parameters(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without the parameters that are equal in all of them."""
    names = dict.fromkeys(name for row in every for name in row)
    kept = [name for name in names if _is_kept(name, {str(row.get(name)) for row in every})]
    return [{name: row.get(name, "") for name in kept} for row in every]


def _is_kept(name: str, values: set[str]) -> bool:
    return not name.startswith("parameters.") or len(values) > 1


def _row(result: Result) -> dict[str, Any]:
    figures = {name: value for name, value in result.data.items() if name not in _WHO}
    return {"run": result.run, "target": result.data.get("target", ""), **dict(_flatten(figures))}


def _flatten(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in part.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{path}{name}.")
        elif isinstance(value, list):
            yield from _flatten(dict(_named_items(value)), f"{path}{name}.")
        elif value is not None:
            yield f"{path}{name}", value


def _named_items(items: list[Any]) -> Iterator[tuple[str, Any]]:
    for number, item in enumerate(items, start=1):
        has_name = isinstance(item, Mapping) and "name" in item
        name = str(item["name"]) if has_name else str(number)
        yield name, {k: v for k, v in item.items() if k != "name"} if has_name else item
