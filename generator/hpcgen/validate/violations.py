"""A violation of a schema, worded as a diagnostic: one function for each rule that can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hpcgen import schema
from hpcgen.diagnostics import Diagnostic
from hpcgen.schema.validator import accepts, validator
from hpcgen.secrets.visible import quoted
from hpcgen.text.nearest import nearest
from hpcgen.yaml.document import Document, Pointer

_NOUNS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_FIRST = ("type", "const", "enum", "pattern", "maxLength")
"""If a value breaks several rules, only the first of these is reported."""

_REFERENCES = ("type", "const", "additionalProperties")
"""The rules of a secret that a literal value breaks."""

_FEW = 8
_YAML_1_1 = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def violations(document: Document, pointer: Pointer, rules: schema.Schema) -> Iterator[Diagnostic]:
    """Every way in which the value at `pointer` breaks `rules`, each at its own place (HG2)."""
    seen: set[Pointer] = set()
    errors = validator(rules).iter_errors(document.node(pointer).data)
    for error in sorted(errors, key=_rank):
        place = (*pointer, *error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            yield _bad_name(document, (*place, error.instance), error)
        elif error.validator not in _FIRST or place not in seen:
            seen.add(place)
            yield from _wording(error)(document, place, error)


def _rank(error: Any) -> tuple[str, int]:
    rank = _FIRST.index(error.validator) if error.validator in _FIRST else len(_FIRST)
    return (error.json_path, rank)


def _wording(error: Any) -> _Wording:
    if "x-secret" in error.schema and error.validator in _REFERENCES:
        return _written_secret
    return _WORDING.get(error.validator, _wrong_form)


def _bad_name(document: Document, place: Pointer, error: Any) -> Diagnostic:
    message = f"{quoted(error.instance)} cannot be a name here"
    return Diagnostic("HG206", message, document.key_span(place), _description(error))


def _unknown_key(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    properties = error.schema.get("properties", {})
    for key in error.instance:
        if key not in properties:
            near = nearest(key, properties)
            hint = (
                f"did you mean `{near}`?"
                if near
                else f"known here: {_code_list(sorted(properties))}"
            )
            span = document.key_span((*place, key))
            yield Diagnostic("HG201", f"{quoted(key)} is not known here", span, hint)
            if near and "x-secret" in schema.deref(properties[near]):
                yield _secret(document, (*place, key), schema.deref(properties[near]))


def _missing_key(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    properties = error.schema["properties"]
    for key in error.validator_value:
        if key not in error.instance:
            hint = _first_sentence(schema.deref(properties[key]).get("description", ""))
            yield Diagnostic("HG202", f"`{key}` is missing", document.key_span(place), hint)


def _missing_alternative(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    """The keys missing from the begun alternative of an `anyOf` whose parts all require keys.

    If none is begun, the first key of each; the hint is about the first of them.
    """
    parts = [part["required"] for part in error.validator_value]
    begun = [part for part in parts if part[0] in error.instance]
    keys = [key for part in begun for key in part if key not in error.instance]
    keys = keys or [part[0] for part in parts]
    about = schema.deref(error.schema["properties"][keys[0]]).get("description", "")
    message = f"{' or '.join(f'`{key}`' for key in keys)} is missing"
    yield Diagnostic("HG202", message, document.key_span(place), _first_sentence(about))


def _written_secret(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    yield _secret(document, place, error.schema)


def _secret(document: Document, place: Pointer, rules: schema.Schema) -> Diagnostic:
    made = "generate" in rules.get("properties", ("generate",))
    hint = f"write {{file: PATH}} or {'{generate: true}' if made else '{env: NAME}'}"
    span = document.value_span(place)
    return Diagnostic("HG209", "a secret is a reference, never a value", span, hint, secret=True)


def _wrong_type(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    types = error.validator_value
    names = [types] if isinstance(types, str) else types
    expected = " or ".join(_NOUNS[name] for name in names)
    actual = _NOUNS[_type_of(error.instance)].replace("a number", "a decimal number")
    message = f"{_field(place)} must be {expected}, not {actual}"
    hint = _reading(document, place, error) or _description(error)
    yield Diagnostic("HG203", message, document.value_span(place), hint)


def _type_of(value: object) -> str:
    types = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return types.get(type(value), "integer" if isinstance(value, int) else "number")


def _reading(document: Document, place: Pointer, error: Any) -> str:
    """A hint if YAML reads a plain scalar as another type than it looks like."""
    raw, value = document.node(place).raw, error.instance
    if value is None:
        return "there is no value here; write one, or remove the key"
    if error.validator_value == "boolean" and raw.lower() in _YAML_1_1:
        return f"YAML 1.2 reads {raw} as text; write {_YAML_1_1[raw.lower()]}"
    if raw and accepts(error.schema, raw):
        return f'YAML reads {raw} as {_NOUNS[_type_of(value)]}; for the text, quote it: "{raw}"'
    if isinstance(value, str) and _number(value) and accepts(error.schema, int(value)):
        return f"a number has no quotes: {value}"
    if isinstance(value, str) and error.validator_value == "array":
        return "write a list, as in [ONE, TWO]; text is never split into words"
    return ""


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _out_of_range(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    bound = {"minimum": "least", "maximum": "most"}[error.validator]
    message = f"{_field(place)} must be at {bound} {error.validator_value}"
    raw = document.node(place).raw
    if raw.lstrip("+") != str(error.instance):
        message += f", and YAML reads {raw} as {error.instance}"
    yield Diagnostic("HG204", message, document.value_span(place), _description(error))


def _not_in_enum(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    allowed = [str(value) for value in error.validator_value]
    near = nearest(error.instance, allowed) if isinstance(error.instance, str) else None
    suggestion = f"did you mean `{near}`?" if near else ""
    listed = f"it takes {_code_list(allowed)}" if len(allowed) <= _FEW or not near else ""
    hint = "; ".join(part for part in (listed, suggestion) if part)
    message = f"{_field(place)} does not take this value"
    if isinstance(error.instance, str):
        message = f"{_field(place)} does not take {quoted(error.instance)}"
    yield Diagnostic("HG205", message, document.value_span(place), hint)


def _wrong_form(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    message = f"{_field(place)} does not have the form it needs"
    yield Diagnostic("HG206", message, document.value_span(place), _description(error))


def _too_long(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    message = f"{_field(place)} is longer than {error.validator_value} characters"
    yield Diagnostic("HG206", message, document.value_span(place), _description(error))


def _wrong_size(document: Document, place: Pointer, error: Any) -> Iterator[Diagnostic]:
    rule = {
        "minItems": "is an empty list",
        "minProperties": "is empty",
        "maxProperties": f"takes only {error.validator_value} of its keys",
        "uniqueItems": "names something twice",
    }[error.validator]
    span = document.value_span(place)
    yield Diagnostic("HG207", f"{_field(place)} {rule}", span, _description(error))


def _field(place: Pointer) -> str:
    """A value's name in a message: its key, or its number in a list."""
    if place and isinstance(place[-1], int):
        return f"entry {place[-1] + 1} of {_field(place[:-1])}"
    return quoted(str(place[-1])) if place else "the file"


def _description(error: Any) -> str:
    return _first_sentence(schema.deref(error.schema).get("description", ""))


def _first_sentence(description: str) -> str:
    first = description.partition(". ")[0].removesuffix(".")
    return first if first[1:2].isupper() else first[:1].lower() + first[1:]


def _code_list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


_Wording = Callable[[Document, Pointer, Any], Iterator[Diagnostic]]
_WORDING: dict[str, _Wording] = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "anyOf": _missing_alternative,
    "type": _wrong_type,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "enum": _not_in_enum,
    "maxLength": _too_long,
    "minItems": _wrong_size,
    "minProperties": _wrong_size,
    "maxProperties": _wrong_size,
    "uniqueItems": _wrong_size,
}
