"""The JSON Schemas: read once, with references inside the package only, and strict about types.

The files are ordinary JSON Schema 2020-12. Two readings are stricter than the standard's, and
both are for safety: an integer is never 1.0 or true, and a pattern's `$` never matches before a
final newline, which in a generator of `#SBATCH` lines would be an injection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource

Schema = dict[str, Any]


def _is_integer(_: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _full_match(_: Any, pattern: str, value: object, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not _compiled(pattern).fullmatch(value):
        yield ValidationError("does not match")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.removeprefix("^").removesuffix("$"))


_Strict: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"pattern": _full_match},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@cache
def read(name: str) -> Schema:
    """The schema file `schemas/<name>.schema.json`."""
    text = (files("hpcgen.schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _registry() -> Registry[Any]:
    names = ("definitions", "recipe", "cluster", "manifest")
    resources = (Resource.from_contents(read(name)) for name in names)
    return Registry().with_resources((resource.id() or "", resource) for resource in resources)


def deref(schema: Mapping[str, Any]) -> Schema:
    """`schema` with the definition it refers to filled in below its own keywords."""
    if "$ref" not in schema:
        return dict(schema)
    definition = read("definitions")["$defs"][schema["$ref"].rpartition("/")[2]]
    return {**deref(definition), **{key: schema[key] for key in schema if key != "$ref"}}


def flatten(schema: Schema) -> Schema:
    """A kind's schema with the properties of all it builds on, as one closed object.

    It accepts what the file accepts, and its errors name one property instead of a branch.
    """
    flat = {key: schema[key] for key in schema if key not in ("allOf", "unevaluatedProperties")}
    for base in (flatten(deref(part)) for part in schema.get("allOf", ())):
        flat["properties"] = {**base["properties"], **flat["properties"]}
        flat["required"] = sorted({*base.get("required", ()), *flat.get("required", ())})
    flat["additionalProperties"] = False
    return flat


def defaults(schema: Schema) -> dict[str, Any]:
    """The default of each property that has one, where the schema alone says it."""
    properties = {name: deref(part) for name, part in schema["properties"].items()}
    return {name: part["default"] for name, part in properties.items() if "default" in part}


def validator(schema: Schema) -> Any:
    """A validator of `schema`; a reference outside the package is an error, never a retrieval."""
    return _Strict(schema, registry=_registry())


def accepts(schema: Schema, value: object) -> bool:
    """Whether `value` fits `schema`."""
    return bool(validator(schema).is_valid(value))


def fill(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with the schema's defaults filled in, at every depth where properties are named."""
    filled = {**defaults(schema), **data}
    for name, part in ((name, deref(part)) for name, part in schema["properties"].items()):
        if "properties" in part and "default" not in part:
            filled[name] = fill(part, data.get(name, {}))
    return filled


@cache
def common(role: str) -> frozenset[str]:
    """The names of the fields that every kind of a role, "service" or "client", takes."""
    return frozenset(flatten(read("definitions")["$defs"][role])["properties"])
