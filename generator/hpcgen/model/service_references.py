"""The services that the fields of an entry name, as a kind's schema declares.

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


def named_services(
    kind: Kind, fields: Mapping[str, Any], services: Iterable[str]
) -> frozenset[str]:
    """The services that `fields` of an entry of this kind name, or imply by their absence."""
    named = {name for _, name, _ in service_mentions(kind, fields)}
    everybody = (field for field, rule in _rules(kind) if rule["x-services"] == "all")
    return frozenset(services if any(field not in fields for field in everybody) else named)


def awaited_services(kind: Kind, fields: Mapping[str, Any]) -> frozenset[str]:
    """The services named in `fields` that an entry of this kind waits for."""
    rules = (field for field, rule in _rules(kind) if rule["x-services"] == "awaited")
    return frozenset(str(fields[field]) for field in rules if field in fields)


def service_mentions(
    kind: Kind, fields: Mapping[str, Any]
) -> Iterator[tuple[Pointer, str, tuple[str, ...]]]:
    """Each name in `fields`: its place below the entry, the name, and the kinds allowed there."""
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
