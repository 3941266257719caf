"""Other values that a field might have had, so that what depends on it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hpcgen.schema import Schema, deref

_TEXTS = ("another", "/another", "/another:/another", "01:00:00", "1G", "1gb", "10m", "/A/another")
"""One of these fits most fields that take text."""


def alternatives(value: Any, rule: Schema) -> Iterator[Any]:
    """Values unlike `value`, likely ones first; not each need fit the field, whose rule is `rule`.

    >>> list(alternatives("2G", {}))
    ['3G', '2Gx', '2G/x']
    >>> list(alternatives({"generate": True}, {}))
    [{'env': 'ANOTHER'}]
    """
    yield from (each for each in _like(value, rule) if each != value)


def samples(rule: Schema) -> Iterator[Any]:
    """Values that a field which was not given might have.

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
        yield from ([each] for each in samples(followed(rule.get("items", {}))))
    if "object" in kinds:
        yield from _objects(rule)


def followed(rule: Schema) -> Schema:
    """A rule with the definition that it refers to; nothing where a file keeps that to itself."""
    return {} if rule.get("$ref", "").startswith("#") else deref(rule)


def _like(value: Any, rule: Schema) -> Iterator[Any]:
    yield from rule.get("enum", ())
    match value:
        case bool():
            yield not value
        case int() | float():
            yield from (value + 1, value - 1, value * 2)
        case str():
            yield from (_counted_on(value), f"{value}x", f"{value}/x")
        case list() if value:
            yield from _lists(value, rule)
        case {"generate": True}:
            yield {"env": "ANOTHER"}


def _counted_on(text: str) -> str:
    """Text with its first number one greater, at the same width.

    >>> _counted_on("01:30:00")
    '02:30:00'
    """
    return re.sub(r"\d+", lambda each: str(int(each[0]) + 1).zfill(len(each[0])), text, count=1)


def _lists(items: list[Any], rule: Schema) -> Iterator[list[Any]]:
    *rest, last = items
    yield from ([*rest, other] for other in alternatives(last, followed(rule.get("items", {}))))
    if rest:
        yield rest


def _objects(rule: Schema) -> Iterator[dict[str, Any]]:
    """Objects with what they need; where they need nothing, with one thing each that they may."""
    parts = {name: followed(part) for name, part in rule.get("properties", {}).items()}
    needed = rule.get("required", ())
    if needed:
        values = zip(*(samples(parts[name]) for name in needed), strict=False)
        yield from (dict(zip(needed, each, strict=True)) for each in values)
    else:
        yield from ({name: each} for name, part in parts.items() for each in samples(part))
