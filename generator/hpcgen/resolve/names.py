"""Names that mean something elsewhere in the recipe: targets, references, the start order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from hpcgen.diagnostics import Diagnostic, Related, Span
from hpcgen.model.entry import Client, Entry, Service
from hpcgen.model.kind import kinds
from hpcgen.model.recipe import Recipe
from hpcgen.model.references import Reference, references
from hpcgen.model.service_references import awaited_services, service_mentions
from hpcgen.text.nearest import nearest
from hpcgen.yaml.document import Document

_SERVICES = ("host", "url")
_OTHERS_DIRECTORY = {"service": "results", "client": "data"}


def misnamed(document: Document) -> Iterator[Diagnostic]:
    """HG301, HG302, HG304: what names no service, or one of the wrong kind; a name twice."""
    yield from _twice(document)
    yield from _bad_mentions(document)
    for name, client in document.data.get("clients", {}).items():
        if "target" in client:
            yield from _bad_target(document, name, client)


def unresolved(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG301, HG305, HG306, HG308: references that name nothing; HG307: a circle of waiting."""
    services = {service.name: service for service in recipe.services}
    for entry in (*recipe.entries, *recipe.row_clients):
        for name in entry.after:
            if name not in services:
                yield _no_service(name, services, entry.origin)
        yield from _bad_references(entry, services)
    yield from _circle(recipe)


def waits_for(entry: Entry) -> tuple[str, ...]:
    """The services that must be ready before the entry starts, in name order."""
    return tuple(sorted({*talks_to(entry), *entry.after}))


def reaches(entry: Entry) -> tuple[str, ...]:
    """Those of them that something else starts: all but the replicas in a balancer's own job."""
    own = entry.backend if isinstance(entry, Service) else None
    started = own.name if own and own.started_by else ""
    return tuple(name for name in waits_for(entry) if name != started)


def talks_to(entry: Entry) -> tuple[str, ...]:
    """The services that the entry refers to, or has for its target, in name order."""
    ports = entry.ports if isinstance(entry, Service) else {}
    named = {each.name for each in entry.references() if each.what in _SERVICES}
    named |= awaited_services(entry.kind, entry.settings)
    named |= {each.name for each in entry.references() if each.what == "port"} - {"port", *ports}
    named -= {entry.name}
    if isinstance(entry, Client) and entry.target:
        named |= {entry.target.name}
    return tuple(sorted(named))


def _twice(document: Document) -> Iterator[Diagnostic]:
    named: dict[str, str] = {}
    for section in ("services", "clients", "jobs", "experiments"):
        for name in document.data.get(section, {}):
            if name in named:
                role = named[name].removesuffix("s")
                first = Related(document.key_span((named[name], name)), f"the {role} of that name")
                message, span = (
                    f"`{name}` names a {role} already",
                    document.key_span((section, name)),
                )
                hint = "jobs are known by these names; change one"
                yield Diagnostic("HG304", message, span, hint, (first,))
            named.setdefault(name, section)


def _bad_mentions(document: Document) -> Iterator[Diagnostic]:
    services: Mapping[str, Any] = document.data.get("services", {})
    for section in ("services", "clients"):
        for name, entry in document.data.get(section, {}).items():
            kind = kinds()[entry["kind"]]
            for place, named, wanted in service_mentions(kind, entry):
                span = document.value_span((section, name, *place))
                if named not in services:
                    yield _no_service(named, services, span)
                elif wanted and (found := services[named]["kind"]) not in wanted:
                    yield _of_another_kind(named, found, kind.name, wanted, span)


def _of_another_kind(
    named: str, kind: str, of: str, wanted: tuple[str, ...], span: Span
) -> Diagnostic:
    known = " or ".join(f"`{each}`" for each in wanted)
    message = f"`{named}` is of the kind `{kind}`"
    return Diagnostic("HG302", message, span, f"`{of}` talks to {known}")


def _bad_target(document: Document, name: str, client: Mapping[str, Any]) -> Iterator[Diagnostic]:
    services: Mapping[str, Any] = document.data.get("services", {})
    target, span = client["target"], document.value_span(("clients", name, "target"))
    wanted = kinds()[client["kind"]].targets
    if target in document.data["clients"] and target not in services:
        message = f"`{target}` is a client, and only a service can be a target"
        yield Diagnostic("HG301", message, span, _near(target, services))
    elif target not in services:
        yield _no_service(target, services, span)
    elif wanted and services[target]["kind"] not in wanted:
        yield _of_another_kind(target, services[target]["kind"], client["kind"], wanted, span)


def _bad_references(entry: Entry, services: Mapping[str, Service]) -> Iterator[Diagnostic]:
    ports = entry.ports if isinstance(entry, Service) else {}
    for each in references(entry.connection.values() if isinstance(entry, Service) else ()):
        if each.name not in entry.secrets:
            yield _no_secret(entry, each)
    for each in entry.references():
        if each.what in _SERVICES and each.name not in services:
            yield _no_service(each.name, services, each.origin)
        elif each.what == "port" and each.name not in {"port", *ports, *services}:
            known = {**ports, **services}
            message = f"there is no port called `{each.name}`"
            yield Diagnostic("HG305", message, each.origin, _near(each.name, known))
        elif each.what == "secret" and each.name not in entry.secrets:
            yield _no_secret(entry, each)
        elif each.what == "dir" and each.name == _OTHERS_DIRECTORY[entry.kind.role]:
            message = f"a {entry.kind.role} has no directory `{each.name}`"
            hint = "data is a service's, results are a client's"
            yield Diagnostic("HG308", message, each.origin, hint)


def _no_secret(entry: Entry, reference: Reference) -> Diagnostic:
    message = f"`{entry.name}` has no secret called `{reference.name}`"
    hint = _near(reference.name, entry.secrets) or "write it below its `secrets:`"
    return Diagnostic("HG306", message, reference.origin, hint)


def _circle(recipe: Recipe) -> Iterator[Diagnostic]:
    waits = {entry.name: waits_for(entry) for entry in recipe.services}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        names = error.args[1]
        first = next(each for each in recipe.services if each.name == names[0])
        message = f"these wait for each other: {' → '.join(f'`{name}`' for name in names)}"
        hint = "remove an `after`, or a reference to one of them"
        yield Diagnostic("HG307", message, first.origin, hint)


def _no_service(name: str, services: Mapping[str, Any], span: Span) -> Diagnostic:
    message = f"there is no service called `{name}`"
    hint = _near(name, services) or "write it below `services:`"
    return Diagnostic("HG301", message, span, hint)


def _near(name: str, known: Mapping[str, Any]) -> str:
    near = nearest(name, known)
    listed = ", ".join(f"`{each}`" for each in known)
    return f"did you mean `{near}`?" if near else f"there is: {listed[:200]}" if known else ""
