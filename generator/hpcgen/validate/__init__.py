"""Stage 2: does the document say what a recipe may say?

The core schema judges the recipe, and each service and client is judged by its own kind's schema
alone, so an error speaks of one field. Errors are worded here, from the rule and the place; the
validator's own text, which repeats values, is never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from hpcgen import schema
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.model.kind import kinds, names
from hpcgen.schema import Schema
from hpcgen.schema.acceptance import Test, acceptance
from hpcgen.secrets.visible import quoted
from hpcgen.text.nearest import nearest
from hpcgen.validate.literals import literals
from hpcgen.validate.provenance import unsourced
from hpcgen.yaml.document import Document, Pointer


def validate(document: Document) -> Document:
    """The document itself, when it fits. Raises RecipeError with every violation (HG2).

    HG213 is a value, of any field, that is a secret written out.
    """
    problems = list(_file(document, "recipe"))
    for section, role in (("services", "service"), ("clients", "client")):
        entries = document.data.get(section)
        for name in entries if isinstance(entries, dict) else ():
            problems += _entry(document, (section, name), role)
    return _sound(document, problems, literals(document))


def validate_profile(document: Document) -> Document:
    """The same for a cluster profile, whose every fact also needs a source."""
    problems = [*_file(document, "cluster"), *unsourced(document)]
    return _sound(document, problems, literals(document, profile=True))


def _sound(
    document: Document, problems: Sequence[Diagnostic], secrets: Iterable[Diagnostic]
) -> Document:
    """The document where there are no problems, and no secrets in it.

    A value that is a secret has no other fault worth telling: it is to go.
    """
    known = {problem.span for problem in problems if problem.secret}
    secrets = [each for each in secrets if each.span not in known]
    places = {secret.span for secret in secrets}
    if found := [*(each for each in problems if each.span not in places), *secrets]:
        raise RecipeError(found)
    return document


def _file(document: Document, name: str) -> Iterator[Diagnostic]:
    if not _accepts(name)(document.data):
        yield from _violations(document, (), schema.read(name))


@cache
def _accepts(name: str) -> Test:
    return acceptance(schema.read(name))


def _entry(document: Document, pointer: Pointer, role: str) -> Iterator[Diagnostic]:
    entry = document.node(pointer).data
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if isinstance(kind, str) and kind in names(role):
        if not kinds()[kind].accepts(entry):
            yield from _violations(document, pointer, kinds()[kind].schema)
    elif isinstance(entry, dict):
        yield _no_kind(document, pointer, role)


def _violations(document: Document, pointer: Pointer, rules: Schema) -> Iterator[Diagnostic]:
    from hpcgen.validate.violations import violations  # noqa: PLC0415 - loads jsonschema, 45 ms

    yield from violations(document, pointer, rules)


def _no_kind(document: Document, pointer: Pointer, role: str) -> Diagnostic:
    """Why an entry cannot be judged any further."""
    entry, place = document.node(pointer).data, (*pointer, "kind")
    known = f"`hpcgen list {role}s` names the kinds"
    if "kind" not in entry:
        return Diagnostic("HG202", "`kind` is missing", document.key_span(pointer), known)
    kind, span = entry["kind"], document.value_span(place)
    if not isinstance(kind, str):
        return Diagnostic("HG203", "`kind` must be a name", span, known)
    if kind in kinds():
        other = kinds()[kind].role
        message = f"{quoted(kind)} is a {other}, not a {role}"
        return Diagnostic("HG208", message, span, f"move it to `{other}s:`")
    near = nearest(kind, names(role))
    hint = f"did you mean `{near}`?" if near else known
    return Diagnostic("HG208", f"there is no kind of {role} called {quoted(kind)}", span, hint)
