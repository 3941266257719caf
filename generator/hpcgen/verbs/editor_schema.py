"""The schemas for editors: one file each, without a reference to another.

The recipe's schema checks each service, client and balancer by its kind, through if and then on
`kind`: the first error is then about the field at fault, where a `oneOf` would say that nothing
fits. It accepts what `validate` accepts; so does a profile's, except that facts need no source
there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen import schema
from hpcgen.balancers import balancers
from hpcgen.model.kind import Kind, kinds, names
from hpcgen.schema import Schema

_DEFINITIONS = "hpcgen:definitions.schema.json#/$defs/"
_HERE = "#/$defs/"
_ROLES = {"services": "service", "clients": "client"}
_BALANCER = "chosen_balancer"
"""The definition of an entry's `balancer`."""


def self_contained_schema(name: str) -> Schema:
    """The schema `recipe`, `cluster` or `manifest`, with all that it refers to in its `$defs`.

    It has no `$id`, so that an editor never looks for it elsewhere.
    """
    root = schema.read(name)
    definitions = dict(root.get("$defs", {}))
    if name == "recipe":
        root = {**root, "properties": {**root["properties"], **_sections(root["properties"])}}
        definitions |= {_place(kind): kind.schema for kind in _every_kind()}
    definitions |= _definitions({**root, "$defs": definitions})
    if _BALANCER in definitions:
        definitions[_BALANCER] = _one_of_kinds(definitions[_BALANCER], balancers())
    rest = {key: value for key, value in root.items() if key not in ("$schema", "$defs")}
    parts = {**rest, **({"$defs": definitions} if definitions else {})}
    return {"$schema": root["$schema"], **_with_local_references(parts)}


def text(name: str) -> str:
    """The schema as JSON, in the order of its source files, with a final newline."""
    return json.dumps(self_contained_schema(name), indent=2, ensure_ascii=False) + "\n"


def _every_kind() -> Iterator[Kind]:
    for role in _ROLES.values():
        yield from _of_role(role).values()
    yield from balancers().values()


def _of_role(role: str) -> Mapping[str, Kind]:
    return {name: kinds()[name] for name in names(role)}


def _place(kind: Kind) -> str:
    """The name of a kind's schema in `$defs`; no definition's name has a dot."""
    return f"{kind.role}.{kind.name}"


def _sections(properties: Mapping[str, Schema]) -> Schema:
    return {
        section: {
            **properties[section],
            "additionalProperties": _one_of_kinds(
                properties[section]["additionalProperties"], _of_role(role)
            ),
        }
        for section, role in _ROLES.items()
    }


def _one_of_kinds(entry: Schema, listed: Mapping[str, Kind]) -> Schema:
    described = schema.read("definitions")["$defs"]["entry"]["properties"]["kind"]["description"]
    return {
        **entry,
        "required": ["kind"],
        "properties": {"kind": {"description": described, "enum": list(listed)}},
        "allOf": [
            {
                "if": {"required": ["kind"], "properties": {"kind": {"const": name}}},
                "then": {"$ref": _HERE + _place(kind)},
            }
            for name, kind in listed.items()
        ],
    }


def _definitions(part: Any) -> Schema:
    """The shared definitions that `part` refers to, and those that these refer to, by name."""
    shared = schema.read("definitions")["$defs"]
    referenced: set[str] = set()
    pending = set(_references(part))
    while pending:
        referenced |= pending
        further = (_references(shared[name]) for name in pending)
        pending = {name for names in further for name in names} - referenced
    return {name: shared[name] for name in shared if name in referenced}


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        reference = part.get("$ref", "")
        if isinstance(reference, str) and reference.startswith(_DEFINITIONS):
            yield reference.removeprefix(_DEFINITIONS)
        part = list(part.values())
    for child in part if isinstance(part, list) else ():
        yield from _references(child)


def _with_local_references(part: Any) -> Any:
    """`part` with references within the file, and without keywords that only the compiler uses."""
    if isinstance(part, list):
        return [_with_local_references(child) for child in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value.replace(_DEFINITIONS, _HERE) if key == "$ref" else _with_local_references(value)
        for key, value in part.items()
        if key not in ("$id", "$schema") and not key.startswith("x-")
    }
