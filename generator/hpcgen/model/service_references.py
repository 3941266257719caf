"""Services that fields of an entry name, as a kind's schema says.

`"x-services": true` of a field says that it holds the name of a service, or a list of them;
`"x-services": "all"`, that without it every service of the recipe is meant; and
`"x-services": "awaited"`, that the entry waits for it. `x-kinds` are the kinds that it may name,
where not every kind will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hpcgen.model.kind import Kind
from hpcgen.yaml.document import Pointer


def mentioned(kind: Kind, fields: Mapping[str, Any], services: Iterable[str]) -> frozenset[str]:
    """The services that `fields` of an entry of this kind mean."""
    named = {name for _, name, _ in written(kind, fields)}
    everybody = (field for field, rule in _rules(kind) if rule["x-services"] == "all")
    return frozenset(services if any(field not in fields for field in everybody) else named)


def awaited(kind: Kind, fields: Mapping[str, Any]) -> frozenset[str]:
    """Those of them that an entry of this kind waits for."""
    rules = (field for field, rule in _rules(kind) if rule["x-services"] == "awaited")
    return frozenset(str(fields[field]) for field in rules if field in fields)


def written(
    kind: Kind, fields: Mapping[str, Any]
) -> Iterator[tuple[Pointer, str, tuple[str, ...]]]:
    """Each name that `fields` hold: its place below the entry, itself, and the kinds it may be."""
    for field, rule in _rules(kind):
        kinds, value = tuple(rule.get("x-kinds", ())), fields.get(field, ())
        if isinstance(value, str):
            yield (field,), value, kinds
        else:
            yield from (((field, index), name, kinds) for index, name in enumerate(value))


def _rules(kind: Kind) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field, rule in kind.schema["properties"].items():
        if "x-services" in rule:
            yield field, rule
