"""The fields of a schema as a table, one row for each, with the fields of mappings below them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen import schema
from hpcgen.schema import Schema

_HEADINGS = ("Field", "Type", "Default", "What it is")
_WITH_A_TABLE = ("resources", "readiness", "reference")
"""Definitions that many fields share; a row refers to their tables."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `path` is where it is, with `NAME` for what the recipe's author names."""

    path: str
    rules: Schema
    required: bool

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Its cells, in Markdown."""
        default = "required" if self.required else _default(self.rules)
        return (f"`{self.path}`", _type(self.rules), default, _description(self.rules))


def table(rules: Schema, without: Collection[str] = ()) -> str:
    """The table of a schema's fields, but for some; empty where it has no other."""
    rows = [field.row for field in fields(rules) if field.path.partition(".")[0] not in without]
    if not rows:
        return ""
    lines = [_HEADINGS, ("---",) * len(_HEADINGS), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def with_own_definitions(value: Any, definitions: Mapping[str, Schema]) -> Any:
    """A schema with what it defines itself in place of each reference to that."""
    if isinstance(value, list):
        return [with_own_definitions(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    reference = str(value.get("$ref", ""))
    if reference.startswith("#/"):
        rest = {key: part for key, part in value.items() if key != "$ref"}
        value = {**definitions[reference.rpartition("/")[2]], **rest}
    return {key: with_own_definitions(part, definitions) for key, part in value.items()}


def fields(rules: Schema, above: str = "") -> Iterator[Field]:
    """Each field of a mapping, and then those within it."""
    required = rules.get("required", ())
    for name, part in rules.get("properties", {}).items():
        field = Field(f"{above}{name}", schema.deref(part), name in required)
        yield field
        if not _has_table(part):
            yield from _within(field)


def _within(field: Field) -> Iterator[Field]:
    """The fields of a mapping, of each value of a mapping, or of each item of a list."""
    yield from fields(field.rules, f"{field.path}.")
    for branch in _branches(field.rules):
        yield from _within(Field(field.path, schema.deref(branch), required=False))
    values = field.rules.get("additionalProperties")
    if isinstance(values, dict) and not _has_table(values):
        yield from _within(Field(f"{field.path}.NAME", schema.deref(values), required=False))
    items = field.rules.get("items")
    if isinstance(items, dict) and not _has_table(items):
        yield from _within(Field(f"{field.path}[]", schema.deref(items), required=False))


def _branches(rules: Schema) -> list[Schema]:
    """The forms of which a value has one."""
    forms = [*rules.get("oneOf", ()), *rules.get("anyOf", ())]
    return [*forms, *(rules[key] for key in ("then", "else") if key in rules)]


def _has_table(part: Schema) -> bool:
    return _definition(part) in _WITH_A_TABLE


def _definition(part: Schema) -> str:
    return str(part.get("$ref", "")).rpartition("/")[2]


def _type(rules: Schema) -> str:
    if "const" in rules:
        return f"`{_spelled(rules['const'])}`"
    if "enum" in rules:
        return ", ".join(f"`{_spelled(value)}`" for value in rules["enum"])
    if "type" not in rules and (branches := _branches(rules)):
        types = (_type(schema.deref(branch)) for branch in branches)
        return " or ".join(dict.fromkeys(kind for kind in types if kind))
    kind = rules.get("type", "")
    if isinstance(kind, list):
        return " or ".join(_type({"type": one}) for one in kind)
    if kind == "array":
        items = _type(schema.deref(rules["items"])) if isinstance(rules.get("items"), dict) else ""
        return f"list of {items}" if items else "list"
    names: Mapping[str, str] = {
        "object": "mapping", "string": "text", "integer": "whole number", "number": "number",
        "boolean": "`true` or `false`",
    }  # fmt: skip
    return f"{names.get(str(kind), '')}{_range(rules)}"


def _range(rules: Schema) -> str:
    least = rules.get("minimum", rules.get("exclusiveMinimum"))
    most = rules.get("maximum", rules.get("exclusiveMaximum"))
    if least is None and most is None:
        return ""
    above = "more than" if "exclusiveMinimum" in rules else "from"
    below = "less than" if "exclusiveMaximum" in rules else "to"
    bounds = ((above, least), (below, most))
    return "".join(f" {word} {bound:,}" for word, bound in bounds if bound is not None)


def _default(rules: Schema) -> str:
    return f"`{_spelled(rules['default'])}`" if "default" in rules else ""


def _spelled(value: Any) -> str:
    """A value as a recipe has it."""
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False).replace("|", "\\|")


def _description(rules: Schema) -> str:
    """Its description, and the variable that overrides it when the job is submitted."""
    text = str(rules.get("description", "")).replace("|", "\\|").replace("<", "&lt;")
    variable = rules.get("x-override")
    return f"{text} Override: `{variable}`." if variable else text
