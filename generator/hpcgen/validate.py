"""Stage 2: does the document say what a recipe may say?

The core schema judges the recipe, and each service and client is judged by its own kind's schema
alone, so an error speaks of one field. Errors are worded here, from the rule and the place; the
validator's own text, which repeats values, is never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hpcgen import schema
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.document import Document, Pointer
from hpcgen.kinds import kinds, names
from hpcgen.nearest import nearest
from hpcgen.violations import violations


def validate(document: Document) -> Document:
    """The document itself, when it fits. Raises RecipeError with every violation (HG2)."""
    problems = list(violations(document, (), schema.read("recipe")))
    for section, role in (("services", "service"), ("clients", "client")):
        entries = document.data.get(section)
        for name in entries if isinstance(entries, dict) else ():
            problems += _entry(document, (section, name), role)
    if problems:
        raise RecipeError(problems)
    return document


def validate_profile(document: Document) -> Document:
    """The same for a cluster profile, whose every fact also needs a source."""
    problems = [*violations(document, (), schema.read("cluster")), *_unsourced(document)]
    if problems:
        raise RecipeError(problems)
    return document


def _entry(document: Document, pointer: Pointer, role: str) -> Iterator[Diagnostic]:
    entry = document.node(pointer).data
    if not isinstance(entry, dict):
        return
    kind = entry.get("kind")
    if not isinstance(kind, str):
        description = schema.read("definitions")["$defs"]["entry"]["properties"]["kind"]
        code, what = ("HG203", "must be a string") if "kind" in entry else ("HG202", "is missing")
        span = document.value_span if "kind" in entry else document.key_span
        place = span((*pointer, "kind") if "kind" in entry else pointer)
        yield Diagnostic(code, f"`kind` {what}", place, description["description"])
    elif kind not in names(role):
        yield _unknown_kind(document, (*pointer, "kind"), kind, role)
    else:
        yield from violations(document, pointer, kinds()[kind].schema)


def _unknown_kind(document: Document, pointer: Pointer, kind: str, role: str) -> Diagnostic:
    span = document.value_span(pointer)
    if kind in kinds():
        other = kinds()[kind].role
        return Diagnostic(
            "HG208", f"`{kind}` is a {other}, not a {role}", span, f"move it to `{other}s:`"
        )
    near = nearest(kind, names(role))
    hint = f"did you mean `{near}`?" if near else f"one of {_listed(names(role))}"
    return Diagnostic("HG208", f"there is no kind of {role} called `{kind[:40]}`", span, hint)


def _unsourced(document: Document) -> Iterator[Diagnostic]:
    entries = document.data.get("provenance")
    facts = [entry.get("facts") for entry in entries or () if isinstance(entry, dict)]
    sourced = {fact for group in facts if isinstance(group, list) for fact in group}
    for fact in sorted(document.data.keys() - {"name", "title", "provenance"} - sourced):
        place = document.key_span((fact,))
        yield Diagnostic("HG210", f"`{fact}` has no source", place, "name it in `provenance:`")


def _listed(words: Sequence[Any]) -> str:
    return ", ".join(f"`{word}`" for word in words)
