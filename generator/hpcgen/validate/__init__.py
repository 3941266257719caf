"""Stage 2: check the document against the schemas.

The core schema checks the recipe, and the schema of its kind checks each service and client, so
that an error is about one field. Errors are worded here, from the rule and the place; the
validator's text, which repeats values, is never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from hpcgen import schema
from hpcgen.balancers import balancers
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.model.kind import Kind, kinds, names
from hpcgen.schema import Schema
from hpcgen.schema.acceptance import Test, acceptance
from hpcgen.secrets.visible import quoted
from hpcgen.text.nearest import nearest
from hpcgen.validate.literals import literals
from hpcgen.validate.provenance import facts_without_source
from hpcgen.yaml.document import Document, Pointer


def validate(document: Document) -> Document:
    """Return the document if it is valid. Raises RecipeError with every violation (HG2).

    HG213 is a literal secret in any field.
    """
    problems = list(_file(document, "recipe"))
    for section, role in (("services", "service"), ("clients", "client")):
        entries = document.data.get(section)
        for name in entries if isinstance(entries, dict) else ():
            problems += problems_of_entry(document, (section, name), role)
    return _require_no_problems(document, problems, literals(document))


def validate_profile(document: Document) -> Document:
    """Return a valid cluster profile; each of its facts also needs a source."""
    problems = [*_file(document, "cluster"), *facts_without_source(document)]
    return _require_no_problems(document, problems, literals(document, profile=True))


def _require_no_problems(
    document: Document, problems: Sequence[Diagnostic], secrets: Iterable[Diagnostic]
) -> Document:
    """Return the document if there are no problems and no secrets.

    Other faults of a value that is a secret are not reported: the value must be removed.
    """
    reported = {problem.span for problem in problems if problem.secret}
    secrets = [secret for secret in secrets if secret.span not in reported]
    places = {secret.span for secret in secrets}
    if diagnostics := [*(problem for problem in problems if problem.span not in places), *secrets]:
        raise RecipeError(diagnostics)
    return document


def _file(document: Document, name: str) -> Iterator[Diagnostic]:
    if not _accepts(name)(document.data):
        yield from _violations(document, (), schema.read(name))


@cache
def _accepts(name: str) -> Test:
    return acceptance(schema.read(name))


def problems_of_entry(document: Document, pointer: Pointer, role: str) -> Iterator[Diagnostic]:
    """What is wrong with an entry by the schema of its kind, and with the balancer in it by its.

    `role` is "service", "client" or "balancer", and says which kinds there are.
    """
    entry = document.node(pointer).data
    name = entry.get("kind") if isinstance(entry, dict) else None
    kind = _of_role(role).get(name) if isinstance(name, str) else None
    if kind is None:
        yield from (_no_kind(document, pointer, role),) if isinstance(entry, dict) else ()
        return
    if not kind.accepts(entry):
        yield from _violations(document, pointer, kind.schema)
    if "balancer" in entry and "balancer" in kind.schema["properties"]:
        yield from problems_of_entry(document, (*pointer, "balancer"), "balancer")


def _of_role(role: str) -> Mapping[str, Kind]:
    if role == "balancer":
        return balancers()
    return {name: kinds()[name] for name in names(role)}


def _violations(document: Document, pointer: Pointer, rules: Schema) -> Iterator[Diagnostic]:
    from hpcgen.validate.violations import violations  # noqa: PLC0415 - loads jsonschema, 45 ms

    yield from violations(document, pointer, rules)


def _no_kind(document: Document, pointer: Pointer, role: str) -> Diagnostic:
    """The reason why no kind's schema can check an entry."""
    entry, place = document.node(pointer).data, (*pointer, "kind")
    listing = f"`hpcgen list {role}s` names the kinds"
    if "kind" not in entry:
        return Diagnostic("HG202", "`kind` is missing", document.key_span(pointer), listing)
    kind, span = entry["kind"], document.value_span(place)
    if not isinstance(kind, str):
        return Diagnostic("HG203", "`kind` must be a name", span, listing)
    if kind in kinds():
        other = kinds()[kind].role
        message = f"{quoted(kind)} is a {other}, not a {role}"
        moved = f"it goes into `{other}s:`, not `balancer:`"
        hint = moved if role == "balancer" else f"move it to `{other}s:`"
        return Diagnostic("HG208", message, span, hint)
    near = nearest(kind, _of_role(role))
    hint = f"did you mean `{near}`?" if near else listing
    return Diagnostic("HG208", f"there is no kind of {role} called {quoted(kind)}", span, hint)
