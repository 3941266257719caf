"""Other values of a field, to find out what depends on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hpcgen.schema import Schema, deref

_TEXTS = ("another", "/another", "/another:/another", "01:00:00", "1G", "1gb", "10m", "/A/another")
"""One of these fits most fields that take text."""


def alternatives(value: Any, rule: Schema) -> Iterator[Any]:
    """Values other than `value`, likely ones first; some may not fit the field's rule, `rule`.

    >>> list(alternatives("2G", {}))
    ['3G', '2Gx', '2G/x']
    >>> list(alternatives({"generate": True}, {}))
    [{'env': 'ANOTHER'}]
    """
    yield from (other for other in _similar_values(value, rule) if other != value)


def samples(rule: Schema) -> Iterator[Any]:
    """Possible values of a field that is not set.

    >>> next(samples({"type": "object", "required": ["a"], "properties": {"a": {"enum": [7]}}}))
    {'a': 7}
    """
    yield from rule.get("enum", ())
    kinds = rule.get("type", ())
    if "integer" in kinds:
        least = int(rule.get("minimum", 1))
        yield from (least + 1, least)
    if "boolean" in kinds:
        yield from (True, False)
    if "string" in kinds:
        yield from _TEXTS
    if "array" in kinds:
        yield from ([item] for item in samples(resolved_rule(rule.get("items", {}))))
    if "object" in kinds:
        yield from _objects(rule)


def resolved_rule(rule: Schema) -> Schema:
    """A rule with the definition that it refers to; empty for a definition within a file."""
    return {} if rule.get("$ref", "").startswith("#") else deref(rule)


def _similar_values(value: Any, rule: Schema) -> Iterator[Any]:
    yield from rule.get("enum", ())
    match value:
        case bool():
            yield not value
        case int() | float():
            yield from (value + 1, value - 1, value * 2)
        case str():
            yield from (_with_next_number(value), f"{value}x", f"{value}/x")
        case list() if value:
            yield from _lists(value, rule)
        case {"generate": True}:
            yield {"env": "ANOTHER"}


def _with_next_number(text: str) -> str:
    """Text with its first number one greater, at the same width.

    >>> _with_next_number("01:30:00")
    '02:30:00'
    """
    return re.sub(
        r"\d+", lambda number: str(int(number[0]) + 1).zfill(len(number[0])), text, count=1
    )


def _lists(items: list[Any], rule: Schema) -> Iterator[list[Any]]:
    *rest, last = items
    yield from (
        [*rest, other] for other in alternatives(last, resolved_rule(rule.get("items", {})))
    )
    if rest:
        yield rest


def _objects(rule: Schema) -> Iterator[dict[str, Any]]:
    """Objects with their required properties; without any, with one optional property each."""
    parts = {name: resolved_rule(part) for name, part in rule.get("properties", {}).items()}
    needed = rule.get("required", ())
    if needed:
        values = zip(*(samples(parts[name]) for name in needed), strict=False)
        yield from (dict(zip(needed, combination, strict=True)) for combination in values)
    else:
        yield from ({name: sample} for name, part in parts.items() for sample in samples(part))
