"""jsonschema as hpcgen uses it: references inside the package only, and strict about types.

Two readings are stricter than the standard's, and both are for safety: an integer is never 1.0 or
true, and a pattern's `$` never matches before a final newline, which in a generator of `#SBATCH`
lines would be an injection.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource

from hpcgen import schema
from hpcgen.schema import Schema
from hpcgen.schema.acceptance import compiled_pattern


def _is_integer(_: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _full_match(_: Any, pattern: str, value: object, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not compiled_pattern(pattern).fullmatch(value):
        yield ValidationError("does not match")


_Strict: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"pattern": _full_match},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@cache
def _registry() -> Registry[Any]:
    names = ("definitions", "recipe", "cluster", "manifest")
    resources = (Resource.from_contents(schema.read(name)) for name in names)
    return Registry().with_resources((resource.id() or "", resource) for resource in resources)


def validator(rules: Schema) -> Any:
    """A validator of `rules`; a reference outside the package is an error, never a retrieval."""
    return _Strict(rules, registry=_registry())


def accepts(rules: Schema, value: object) -> bool:
    """Whether `value` fits `rules`."""
    return bool(validator(rules).is_valid(value))
