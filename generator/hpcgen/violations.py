"""A violation of a schema, worded as a diagnostic: one function for each rule that can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hpcgen import schema
from hpcgen.diagnostics import Diagnostic
from hpcgen.document import Document, Pointer
from hpcgen.nearest import nearest

_NOUNS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_FIRST = ("type", "const", "enum", "pattern", "maxLength")
"""Of several rules that one value breaks, the first of these says it; the others would repeat."""


def violations(document: Document, pointer: Pointer, rules: schema.Schema) -> Iterator[Diagnostic]:
    """Every way in which the value at `pointer` breaks `rules`, each at its own place (HG2)."""
    seen: set[Pointer] = set()
    errors = schema.validator(rules).iter_errors(document.node(pointer).data)
    for error in sorted(errors, key=_rank):
        place = (*pointer, *error.absolute_path)
        word = _WORDING.get(error.validator, _other)
        if error.validator in _FIRST and place in seen:
            continue
        seen.add(place)
        yield from word(document, place, error)


def _rank(error: Any) -> tuple[str, int]:
    rank = _FIRST.index(error.validator) if error.validator in _FIRST else len(_FIRST)
    return (error.json_path, rank)


def _unknown_key(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    known = error.schema.get("properties", {})
    for key in error.instance:
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(sorted(known))}"
            span = document.key_span((*place, key))
            yield Diagnostic("HG201", f"`{key[:60]}` is not known here", span, hint)


def _missing_key(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    properties = error.schema["properties"]
    for key in error.validator_value:
        if key not in error.instance:
            hint = schema.deref(properties[key]).get("description", "")
            yield Diagnostic("HG202", f"`{key}` is missing", document.key_span(place), hint)


def _wrong_type(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    wanted = error.validator_value
    wanted = " or ".join(_NOUNS[name] for name in ([wanted] if isinstance(wanted, str) else wanted))
    span = document.value_span(place)
    if error.schema.get("$ref", "").endswith("/secret") or "generate" in error.schema.get(
        "properties", {}
    ):
        hint = "write {file: PATH} or {generate: true}"
        yield Diagnostic("HG209", "a secret is a reference, never a value", span, hint, secret=True)
        return
    found = _NOUNS[_type_of(error.instance)]
    yield Diagnostic(
        "HG203", f"this must be {wanted}, not {found}", span, _spelling(document, place)
    )


def _type_of(value: object) -> str:
    types = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return types.get(type(value), "integer" if isinstance(value, int) else "number")


def _spelling(document: Document, place: Pointer) -> str:
    """A hint for a plain scalar that YAML reads as something else than it looks."""
    raw = document.node(place).raw
    value = document.node(place).data
    if not raw or isinstance(value, str):
        return ""
    if value is None:
        return "there is no value here; write one, or remove the key"
    return f'YAML reads {raw} as {_NOUNS[_type_of(value)]}; for the text, quote it: "{raw}"'


def _out_of_range(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    bound = {"minimum": "least", "maximum": "most"}[error.validator]
    message = f"{error.instance} is out of range: at {bound} {error.validator_value}"
    yield Diagnostic("HG204", message, document.value_span(place), _about(error))


def _not_one_of(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    allowed = error.validator_value
    allowed = [str(value) for value in (allowed if isinstance(allowed, list) else [allowed])]
    near = nearest(error.instance, allowed) if isinstance(error.instance, str) else None
    hint = f"did you mean `{near}`?" if near else f"one of {', '.join(allowed)}"
    shown = f"`{error.instance[:40]}`" if isinstance(error.instance, str) else "this"
    hint = _spelling(document, place) or hint
    yield Diagnostic("HG205", f"{shown} is not allowed here", document.value_span(place), hint)


def _malformed(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    names_key = "propertyNames" in error.absolute_schema_path
    span = document.value_span(place)
    if names_key:
        span = document.key_span((*place, error.instance))
    what = f"the name `{error.instance[:40]}`" if names_key else "this value"
    yield Diagnostic("HG206", f"{what} does not have the form it needs", span, _about(error))


def _too_many(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    rule = {
        "minItems": "too few entries",
        "minProperties": "nothing in here",
        "maxProperties": "more than one entry",
        "uniqueItems": "an entry twice",
    }[error.validator]
    yield Diagnostic("HG207", f"there is {rule}", document.value_span(place), _about(error))


def _other(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    message = f"this breaks the rule `{error.validator}`"
    yield Diagnostic("HG206", message, document.value_span(place), _about(error))


def _about(error: Any) -> str:
    description = schema.deref(error.schema).get("description", "")
    return str(description[:1].lower() + description[1:].removesuffix("."))


_Wording = Callable[[Document, Pointer, Any], Iterator[Diagnostic]]
_WORDING: dict[str, _Wording] = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "type": _wrong_type,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "enum": _not_one_of,
    "const": _not_one_of,
    "pattern": _malformed,
    "maxLength": _malformed,
    "minItems": _too_many,
    "minProperties": _too_many,
    "maxProperties": _too_many,
    "uniqueItems": _too_many,
}
