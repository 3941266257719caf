"""Names that refer to other parts of the recipe: targets, references, the start order."""

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


def invalid_names(document: Document) -> Iterator[Diagnostic]:
    """HG301 unknown services, HG302 services of the wrong kind, HG304 duplicate names."""
    yield from _duplicate_names(document)
    yield from _invalid_mentions(document)
    for name, client in document.data.get("clients", {}).items():
        if "target" in client:
            yield from _invalid_target(document, name, client)


def unknown_references(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG301, HG305, HG306, HG308: references to nothing; HG307: services that wait in a cycle."""
    services = {service.name: service for service in recipe.services}
    for entry in (*recipe.entries, *recipe.row_clients):
        for name in entry.after:
            if name not in services:
                yield _unknown_service(name, services, entry.origin)
        yield from _invalid_references(entry, services)
    yield from _waiting_cycle(recipe)


def waits_for(entry: Entry) -> tuple[str, ...]:
    """The services that must be ready before the entry starts, in name order."""
    return tuple(sorted({*talks_to(entry), *entry.after}))


def services_to_await(entry: Entry) -> tuple[str, ...]:
    """The services of `waits_for` that other jobs start: not the replicas in a balancer's job."""
    backend = entry.backend if isinstance(entry, Service) else None
    started = backend.name if backend and backend.started_by else ""
    return tuple(name for name in waits_for(entry) if name != started)


def talks_to(entry: Entry) -> tuple[str, ...]:
    """The services that the entry refers to, and its target, in name order."""
    ports = entry.ports if isinstance(entry, Service) else {}
    referenced = [*entry.references()]
    named = {reference.name for reference in referenced if reference.what in _SERVICES}
    named |= awaited_services(entry.kind, entry.settings)
    other_ports = {reference.name for reference in referenced if reference.what == "port"}
    named |= other_ports - {"port", *ports}
    named -= {entry.name}
    if isinstance(entry, Client) and entry.target:
        named |= {entry.target.name}
    return tuple(sorted(named))


def _duplicate_names(document: Document) -> Iterator[Diagnostic]:
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


def _invalid_mentions(document: Document) -> Iterator[Diagnostic]:
    services: Mapping[str, Any] = document.data.get("services", {})
    for section in ("services", "clients"):
        for name, entry in document.data.get(section, {}).items():
            kind = kinds()[entry["kind"]]
            for place, named, allowed in service_mentions(kind, entry):
                span = document.value_span((section, name, *place))
                if named not in services:
                    yield _unknown_service(named, services, span)
                elif allowed and (kind_name := services[named]["kind"]) not in allowed:
                    yield _wrong_kind(named, kind_name, kind.name, allowed, span)


def _wrong_kind(named: str, kind: str, of: str, allowed: tuple[str, ...], span: Span) -> Diagnostic:
    choices = " or ".join(f"`{kind_name}`" for kind_name in allowed)
    message = f"`{named}` is of the kind `{kind}`"
    return Diagnostic("HG302", message, span, f"`{of}` talks to {choices}")


def _invalid_target(
    document: Document, name: str, client: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    services: Mapping[str, Any] = document.data.get("services", {})
    target, span = client["target"], document.value_span(("clients", name, "target"))
    allowed = kinds()[client["kind"]].targets
    if target in document.data["clients"] and target not in services:
        message = f"`{target}` is a client, and only a service can be a target"
        yield Diagnostic("HG301", message, span, _suggestion(target, services))
    elif target not in services:
        yield _unknown_service(target, services, span)
    elif allowed and services[target]["kind"] not in allowed:
        yield _wrong_kind(target, services[target]["kind"], client["kind"], allowed, span)


def _invalid_references(entry: Entry, services: Mapping[str, Service]) -> Iterator[Diagnostic]:
    ports = entry.ports if isinstance(entry, Service) else {}
    for reference in references(entry.connection.values() if isinstance(entry, Service) else ()):
        if reference.name not in entry.secrets:
            yield _unknown_secret(entry, reference)
    for reference in entry.references():
        if reference.what in _SERVICES and reference.name not in services:
            yield _unknown_service(reference.name, services, reference.origin)
        elif reference.what == "port" and reference.name not in {"port", *ports, *services}:
            names = {**ports, **services}
            message = f"there is no port called `{reference.name}`"
            yield Diagnostic("HG305", message, reference.origin, _suggestion(reference.name, names))
        elif reference.what == "secret" and reference.name not in entry.secrets:
            yield _unknown_secret(entry, reference)
        elif reference.what == "dir" and reference.name == _OTHERS_DIRECTORY[entry.kind.role]:
            message = f"a {entry.kind.role} has no directory `{reference.name}`"
            hint = "data is a service's, results are a client's"
            yield Diagnostic("HG308", message, reference.origin, hint)


def _unknown_secret(entry: Entry, reference: Reference) -> Diagnostic:
    message = f"`{entry.name}` has no secret called `{reference.name}`"
    hint = _suggestion(reference.name, entry.secrets) or "write it below its `secrets:`"
    return Diagnostic("HG306", message, reference.origin, hint)


def _waiting_cycle(recipe: Recipe) -> Iterator[Diagnostic]:
    waits = {entry.name: waits_for(entry) for entry in recipe.services}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        names = error.args[1]
        first = next(service for service in recipe.services if service.name == names[0])
        message = f"these wait for each other: {' → '.join(f'`{name}`' for name in names)}"
        hint = "remove an `after`, or a reference to one of them"
        yield Diagnostic("HG307", message, first.origin, hint)


def _unknown_service(name: str, services: Mapping[str, Any], span: Span) -> Diagnostic:
    message = f"there is no service called `{name}`"
    hint = _suggestion(name, services) or "write it below `services:`"
    return Diagnostic("HG301", message, span, hint)


def _suggestion(name: str, candidates: Mapping[str, Any]) -> str:
    near = nearest(name, candidates)
    listed = ", ".join(f"`{candidate}`" for candidate in candidates)
    return f"did you mean `{near}`?" if near else f"there is: {listed[:200]}" if candidates else ""
