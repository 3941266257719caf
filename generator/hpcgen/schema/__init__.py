"""The JSON Schemas, each read once, and their contents: defaults, definitions, properties.

The files are ordinary JSON Schema 2020-12; `validator.py` and `acceptance.py` judge by them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]


@cache
def read(name: str) -> Schema:
    """The schema file `schemas/<name>.schema.json`."""
    text = (files("hpcgen.schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def deref(schema: Schema) -> Schema:
    """`schema` with the definition it refers to filled in below its own keywords."""
    if "$ref" not in schema:
        return schema
    definition = _definition(schema["$ref"].rpartition("/")[2])
    return {**definition, **{key: schema[key] for key in schema if key != "$ref"}}


@cache
def _definition(name: str) -> Schema:
    return deref(read("definitions")["$defs"][name])


def flatten(schema: Schema) -> Schema:
    """A kind's schema with the properties of all it builds on, as one closed object.

    It accepts what the file accepts, and its errors name one property instead of a branch.
    """
    flat = {key: schema[key] for key in schema if key not in ("allOf", "unevaluatedProperties")}
    for base in (flatten(deref(part)) for part in schema.get("allOf", ())):
        flat["properties"] = {**base["properties"], **flat["properties"]}
        flat["required"] = sorted({*base.get("required", ()), *flat.get("required", ())})
        flat["x-spellings"] = {**base.get("x-spellings", {}), **flat.get("x-spellings", {})}
    flat["additionalProperties"] = False
    return flat


def defaults(schema: Schema) -> dict[str, Any]:
    """The default of each property that has one, where the schema alone says it."""
    properties = {name: deref(part) for name, part in schema["properties"].items()}
    return {name: part["default"] for name, part in properties.items() if "default" in part}


def fill(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with the schema's defaults filled in, at every depth where properties are named.

    A part with `x-fill: false` is there only where `data` has it.
    """
    filled = {**defaults(schema), **data}
    for name, part in ((name, deref(part)) for name, part in schema["properties"].items()):
        if (
            "properties" in part
            and "default" not in part
            and (name in data or part.get("x-fill", True))
        ):
            filled[name] = fill(part, data.get(name, {}))
    return filled


@cache
def common(role: str) -> frozenset[str]:
    """The names of the fields that every kind of a role, "service" or "client", takes."""
    return frozenset(flatten(read("definitions")["$defs"][role])["properties"])
