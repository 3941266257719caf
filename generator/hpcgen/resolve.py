"""Stage 3: fill in what the recipe leaves to its defaults, its kinds and its cluster.

For resources the nearest word wins: the entry's, the recipe's `defaults`, the cluster profile's
(first what it selects for jobs with GPUs or without, then what it says of all), the kind's schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hpcgen import profile as profiles
from hpcgen import schema, units
from hpcgen.diagnostics import Diagnostic, RecipeError, Related, Span
from hpcgen.document import Document, Pointer
from hpcgen.kinds import kinds
from hpcgen.nearest import nearest
from hpcgen.profile import Profile
from hpcgen.recipe import Client, Image, Recipe, Service
from hpcgen.runtime_path import RuntimePath

_COMMON = ("kind", "description", "image", "resources", "port", "readiness", "target", "duration")


def resolve(document: Document, directory: Path, cluster: str | None = None) -> Recipe:
    """The recipe in full.

    `directory` is where a profile's relative path starts; `cluster` replaces the recipe's own,
    and its path starts in the working directory.
    Raises RecipeError: HG301 and HG302 for references, HG303 for the profile, HG304 for names.
    """
    data = schema.fill(schema.read("recipe"), document.data)
    where = Path() if cluster else directory
    span = None if cluster else document.value_span(("cluster",))
    profile = profiles.find(cluster or data["cluster"], where, span)
    problems = [*_shared_names(document), *_bad_targets(document)]
    if problems:
        raise RecipeError(problems)
    services = {name: _service(document, profile, name) for name in data.get("services", ())}
    clients = data.get("clients", {})
    return Recipe(
        name=data["name"],
        file=document.name,
        description=data.get("description", ""),
        profile=profile,
        services=tuple(services.values()),
        clients=tuple(
            _client(document, profile, name, services[clients[name]["target"]]) for name in clients
        ),
    )


def _service(document: Document, profile: Profile, name: str) -> Service:
    entry = document.data["services"][name]
    common = _common(document, profile, "services", name)
    recipe = document.data.get("defaults", {})
    readiness = {**recipe.get("readiness", {}), **entry.get("readiness", {})}
    timeout = readiness.get("timeout", profile.ready_timeout)
    return Service(**common, port=entry.get("port"), ready_timeout=units.duration(timeout))


def _client(document: Document, profile: Profile, name: str, target: Service) -> Client:
    entry = document.data["clients"][name]
    common = _common(document, profile, "clients", name)
    duration = units.duration(entry["duration"]) if "duration" in entry else None
    return Client(**common, target=target, duration=duration)


def _common(document: Document, profile: Profile, section: str, name: str) -> dict[str, Any]:
    entry = document.data[section][name]
    kind = kinds()[entry["kind"]]
    filled = schema.fill(kind.schema, entry)
    account = {"account": document.data["account"]} if "account" in document.data else {}
    recipe = document.data.get("defaults", {}).get("resources", {})
    own = entry.get("resources", {})
    default = schema.defaults(kind.schema).get("resources", {})
    resources = profile.fill(default, {**account, **recipe, **own})
    return {
        "name": name,
        "kind": kind,
        "description": entry.get("description", ""),
        "image": _image(filled["image"], profile),
        "resources": resources,
        "settings": {key: value for key, value in filled.items() if key not in _COMMON},
        "origin": document.key_span((section, name)),
        "origins": {field: _origin(document, (section, name), field) for field in resources},
    }


def _origin(document: Document, entry: Pointer, field: str) -> Span:
    """Where a resource was asked for: by the entry, by the recipe for all, else the entry's key."""
    for place in ((*entry, "resources", field), ("defaults", "resources", field), (field,)):
        if document.has(place):
            return document.value_span(place)
    return document.key_span(entry)


def _image(reference: str, profile: Profile) -> Image:
    """A path runs as it is; a site's own image is preferred to one that must be pulled."""
    if reference.startswith(("/", "~", "$")):
        return Image(RuntimePath(reference))
    source = reference.removeprefix("docker://")
    repository = source.partition("@")[0].rpartition(":")[0] or source.partition("@")[0]
    if repository in profile.provided_images:
        return Image(profile.provided_images[repository])
    base = source.rpartition("/")[2].replace("@", "_").replace(":", "_")
    return Image(profile.image_directory / f"{base}.sif", f"docker://{source}")


def _shared_names(document: Document) -> Iterator[Diagnostic]:
    services: Mapping[str, Any] = document.data.get("services", {})
    for name in document.data.get("clients", {}):
        if name in services:
            span = document.key_span(("clients", name))
            first = Related(document.key_span(("services", name)), "the service of that name")
            hint = "jobs are known by these names; change one"
            message = f"`{name}` names a service already"
            yield Diagnostic("HG304", message, span, hint, (first,))


def _bad_targets(document: Document) -> Iterator[Diagnostic]:
    services: Mapping[str, Any] = document.data.get("services", {})
    for name, client in document.data.get("clients", {}).items():
        target, span = client["target"], document.value_span(("clients", name, "target"))
        wanted = kinds()[client["kind"]].targets
        if target not in services:
            near = nearest(target, services)
            known = ", ".join(f"`{each}`" for each in services)
            hint = f"did you mean `{near}`?" if near else f"the services are: {known[:200]}"
            message = f"there is no service called `{target}`"
            if target in document.data["clients"]:
                message = f"`{target}` is a client, and only a service can be a target"
            yield Diagnostic("HG301", message, span, hint)
        elif wanted and services[target]["kind"] not in wanted:
            message = f"`{target}` is of the kind `{services[target]['kind']}`"
            known = " or ".join(f"`{each}`" for each in wanted)
            hint = f"`{client['kind']}` talks to {known}"
            yield Diagnostic("HG302", message, span, hint)
