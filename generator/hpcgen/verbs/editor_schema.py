"""The schemas as editors want them: one file each, without a reference to another.

The recipe's judges each service and client by its kind, through if and then on `kind`: the first
error is then about the field at fault, where a `oneOf` would say that nothing fits. It accepts what
`validate` accepts. A profile's does so but for one rule, that every fact has a source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen import schema
from hpcgen.model.kind import kinds, names
from hpcgen.schema import Schema

_DEFINITIONS = "hpcgen:definitions.schema.json#/$defs/"
_HERE = "#/$defs/"
_ROLES = {"services": "service", "clients": "client"}


def bundled(name: str) -> Schema:
    """The schema `recipe`, `cluster` or `manifest`, with all that it refers to in its `$defs`.

    It has no `$id`, so that an editor never looks for it elsewhere.
    """
    root = schema.read(name)
    own = dict(root.get("$defs", {}))
    if name == "recipe":
        root = {**root, "properties": {**root["properties"], **_sections(root["properties"])}}
        own |= {_place(kind, role): kinds()[kind].schema for kind, role in _every_kind()}
    own |= _definitions({**root, "$defs": own})
    rest = {key: value for key, value in root.items() if key not in ("$schema", "$defs")}
    whole = dict(_local({**rest, **({"$defs": own} if own else {})}))
    return {"$schema": root["$schema"], **whole}


def text(name: str) -> str:
    """The same as JSON, in the order of the files that it is made from, with a final newline."""
    return json.dumps(bundled(name), indent=2, ensure_ascii=False) + "\n"


def _every_kind() -> Iterator[tuple[str, str]]:
    for role in _ROLES.values():
        yield from ((kind, role) for kind in names(role))


def _place(kind: str, role: str) -> str:
    """Where a kind's schema stands in `$defs`; a dot is in no definition's name."""
    return f"{role}.{kind}"


def _sections(properties: Mapping[str, Schema]) -> Schema:
    return {
        section: {
            **properties[section],
            "additionalProperties": _by_kind(properties[section]["additionalProperties"], role),
        }
        for section, role in _ROLES.items()
    }


def _by_kind(entry: Schema, role: str) -> Schema:
    described = schema.read("definitions")["$defs"]["entry"]["properties"]["kind"]["description"]
    return {
        **entry,
        "required": ["kind"],
        "properties": {"kind": {"description": described, "enum": list(names(role))}},
        "allOf": [
            {
                "if": {"required": ["kind"], "properties": {"kind": {"const": kind}}},
                "then": {"$ref": _HERE + _place(kind, role)},
            }
            for kind in names(role)
        ],
    }


def _definitions(part: Any) -> Schema:
    """The shared definitions that `part` refers to, and those that these refer to, by name."""
    shared = schema.read("definitions")["$defs"]
    wanted: set[str] = set()
    pending = set(_references(part))
    while pending:
        wanted |= pending
        pending = {name for each in pending for name in _references(shared[each])} - wanted
    return {name: shared[name] for name in shared if name in wanted}


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        reference = part.get("$ref", "")
        if isinstance(reference, str) and reference.startswith(_DEFINITIONS):
            yield reference.removeprefix(_DEFINITIONS)
        part = list(part.values())
    for child in part if isinstance(part, list) else ():
        yield from _references(child)


def _local(part: Any) -> Any:
    """`part` with references within the file, and without what is for the compiler alone."""
    if isinstance(part, list):
        return [_local(child) for child in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value.replace(_DEFINITIONS, _HERE) if key == "$ref" else _local(value)
        for key, value in part.items()
        if key not in ("$id", "$schema") and not key.startswith("x-")
    }
