"""A fast check for the common case of validation: a value that fits its schema.

A schema is compiled to one function, made of one function for each keyword. It accepts nothing
that jsonschema refuses. jsonschema judges every value that is not accepted here, whether it has
a fault or its schema has a keyword that is unknown here, and `violations.py` words the result.
So a recipe without a mistake pays neither for loading jsonschema nor for its generality.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hpcgen import schema
from hpcgen.schema import Schema

Test = Callable[[Any], bool]

_ANNOTATIONS = ("$schema", "$id", "$defs", "title", "description", "default")
_TYPES: Mapping[str, Test] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_NUMBER = (int, float)
_BOUNDS: Mapping[str, tuple[type | tuple[type, ...], Callable[[Any, Any], bool]]] = {
    "minimum": (_NUMBER, operator.ge),
    "maximum": (_NUMBER, operator.le),
    "exclusiveMinimum": (_NUMBER, operator.gt),
    "minLength": (str, lambda text, least: len(text) >= least),
    "maxLength": (str, lambda text, most: len(text) <= most),
    "minItems": (list, lambda items, least: len(items) >= least),
    "maxItems": (list, lambda items, most: len(items) <= most),
    "minProperties": (dict, lambda properties, least: len(properties) >= least),
    "maxProperties": (dict, lambda properties, most: len(properties) <= most),
}


def acceptance(rules: Schema | bool, root: Schema | None = None) -> Test:
    """A function that returns true only for values that fit `rules`; `#/…` refers to `root`."""
    if isinstance(rules, bool):
        return lambda _: rules
    root = rules if root is None else root
    keywords = [key for key in rules if key not in _ANNOTATIONS and not key.startswith("x-")]
    return _all([_test(key, rules, root) for key in keywords])


@cache
def compiled_pattern(pattern: str) -> re.Pattern[str]:
    """A schema's pattern for `fullmatch`, so that `$` does not match before a final newline."""
    return re.compile(pattern.removeprefix("^").removesuffix("$"))


def _test(keyword: str, rules: Schema, root: Schema) -> Test:
    if keyword in _BOUNDS:
        return _bound(keyword, rules[keyword])
    build = _KEYWORDS.get(keyword)
    return build(rules, root) if build else lambda _: False


def _all(tests: list[Test]) -> Test:
    def test(value: Any) -> bool:
        for fits in tests:  # noqa: SIM110 - half the time of all()
            if not fits(value):
                return False
        return True

    return tests[0] if len(tests) == 1 else test


def _bound(keyword: str, bound: Any) -> Test:
    types, within = _BOUNDS[keyword]
    return lambda value: not isinstance(value, types) or within(value, bound)


def _reference(rules: Schema, root: Schema) -> Test:
    file, _, name = rules["$ref"].partition("#/$defs/")
    where = {"": root, "hpcgen:definitions.schema.json": schema.read("definitions")}.get(file, {})
    return acceptance(where.get("$defs", {}).get(name, False), where)


def _type(rules: Schema, _: Schema) -> Test:
    names = rules["type"]
    tests = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _one_of(values: list[Any]) -> Test:
    """Equal and of the same type: true is not 1."""
    allowed = {(type(value), value) for value in values if isinstance(value, str | bool | int)}
    return lambda value: isinstance(value, str | bool | int) and (type(value), value) in allowed


def _pattern(rules: Schema, _: Schema) -> Test:
    pattern = rules["pattern"]  # compiled when it is first met: a recipe meets few of them
    return lambda value: (
        not isinstance(value, str) or bool(compiled_pattern(pattern).fullmatch(value))
    )


def _properties(rules: Schema, root: Schema) -> Test:
    properties = {
        name: acceptance(part, root) for name, part in rules.get("properties", {}).items()
    }
    other = acceptance(rules.get("additionalProperties", True), root)

    def test(value: Any) -> bool:
        return not isinstance(value, dict) or all(
            properties.get(name, other)(child) for name, child in value.items()
        )

    return test


def _additional_properties(rules: Schema, root: Schema) -> Test:
    return _anything if "properties" in rules else _properties(rules, root)


def _anything(_: Any) -> bool:
    return True


def _required(rules: Schema, _: Schema) -> Test:
    names = set(rules["required"])
    return lambda value: not isinstance(value, dict) or names <= value.keys()


def _any_of(rules: Schema, root: Schema) -> Test:
    parts = [acceptance(part, root) for part in rules["anyOf"]]
    return lambda value: any(part(value) for part in parts)


def _property_names(rules: Schema, root: Schema) -> Test:
    name = acceptance(rules["propertyNames"], root)
    return lambda value: not isinstance(value, dict) or all(map(name, value))


def _items(rules: Schema, root: Schema) -> Test:
    item = acceptance(rules["items"], root)
    return lambda value: not isinstance(value, list) or all(map(item, value))


def _unique(rules: Schema, _: Schema) -> Test:
    """Accepts only lists of different strings."""
    return lambda value: (
        not isinstance(value, list)
        or (all(isinstance(item, str) for item in value) and len(set(value)) == len(value))
    )


def _condition(rules: Schema, root: Schema) -> Test:
    """Supports only an `if` that tests nothing but the type, without `else`."""
    if rules["if"].keys() != {"type"} or "else" in rules:
        return lambda _: False
    fits_if, then = _type(rules["if"], root), acceptance(rules.get("then", True), root)
    return lambda value: not fits_if(value) or then(value)


_KEYWORDS: Mapping[str, Callable[[Schema, Schema], Test]] = {
    "$ref": _reference,
    "type": _type,
    "const": lambda rules, _: _one_of([rules["const"]]),
    "enum": lambda rules, _: _one_of(rules["enum"]),
    "pattern": _pattern,
    "properties": _properties,
    "additionalProperties": _additional_properties,
    "required": _required,
    "propertyNames": _property_names,
    "items": _items,
    "uniqueItems": _unique,
    "anyOf": _any_of,
    "allOf": lambda rules, root: _all([acceptance(part, root) for part in rules["allOf"]]),
    "if": _condition,
    "then": lambda _, __: _anything,  # with its `if`
}
