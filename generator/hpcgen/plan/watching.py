"""What is scraped of each service: what it tells by itself, and what exporters tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpcgen.diagnostics import Diagnostic
from hpcgen.entry import SecretReference, Service
from hpcgen.exporters import FOLDER, exporters
from hpcgen.mentions import written
from hpcgen.nearest import nearest
from hpcgen.offer import Offer, Secret, ServiceOffer
from hpcgen.recipe import Recipe
from hpcgen.scraping import Exporter, Scrape

SCRAPING = Secret(
    name="password", variable="SCRAPING", reference=SecretReference(), owner=".exporters"
)
"""What exporters ask for, and Prometheus knows: made once for the deployment."""

_OWN = frozenset({"deployment", "instance", "job", "job_id", "node", "replica", "service"})
"""The labels of every target, which its job or Prometheus gives it."""

USERNAME = "prometheus"
"""Whose password it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What Prometheus knows as one job: a GET of `path` at each of `expected` addresses.

    `secret` is what is asked for, of `username` or as a bearer token. `source` is its name in the
    `needs` of dashboards, and `folder` may hold the rules and dashboards of what is told;
    `exporter` is who tells it, where the service does not.
    """

    job: str
    service: Service
    path: str
    expected: int
    username: str
    secret: Secret | None
    source: str
    folder: Path
    exporter: Exporter | None = None


def watched(recipe: Recipe, service: Service, offer: ServiceOffer) -> Iterator[Watched]:
    """What there is to scrape of one service, in the order in which it is offered."""
    for each in offer.scrape:
        yield _own(service, offer, each)
    for exporter in beside(recipe, service, offer).values():
        yield Watched(
            job=f"{service.name}.{exporter.name}",
            service=service,
            path=exporter.path,
            expected=_copies(service, exporter),
            username=USERNAME,
            secret=SCRAPING,
            source=exporter.name,
            folder=_folder(service, exporter),
            exporter=exporter,
        )


def _told(service: Service, scrape: Scrape) -> int:
    """How many tell it: each replica, or each node of the one there is."""
    if service.fleet:
        return service.fleet.count
    return int(service.resources.get("nodes", 1)) if scrape.on_each_node else 1


def _copies(service: Service, exporter: Exporter) -> int:
    """How many of an exporter there are: one on each node, or one beside each replica."""
    if service.fleet:
        return service.fleet.nodes if exporter.once_a_node else service.fleet.count
    return int(service.resources.get("nodes", 1)) if exporter.on_each_node else 1


def beside(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, Exporter]:
    """The exporters that run beside a service, by name.

    Where the recipe does not say, they are its kind's, and one of its nodes, if it is scraped; of
    what scrapes, its kind's alone.
    """
    asked = wanted(recipe, service, offer)
    known = {**exporters(), **{each.name: each for each in offer.exporters}}
    return {name: known[name] for name in asked if name in known}


def wanted(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, Mapping[str, Any]]:
    """The exporters that a service is to have, by name, with the image and port of each."""
    contained = recipe.profile.program != "none"
    scrapes = "x-scrapes" in service.kind.schema
    default = (*(each.name for each in offer.exporters), *(() if scrapes else ("node",)))
    usual: dict[str, Mapping[str, Any]] = (
        {name: {} for name in default} if contained and service.name in recipe.scraped else {}
    )
    asked = usual if service.exporters is None else dict(service.exporters)
    return asked if service.cadvisor is None else {**asked, "cadvisor": service.cadvisor}


def unknown(recipe: Recipe, offers: Mapping[str, ServiceOffer]) -> Iterator[Diagnostic]:
    """HG440: an exporter that there is not for this kind of service, or on this cluster."""
    for service in recipe.services:
        asked = (*(service.exporters or ()), *(() if service.cadvisor is None else ("cadvisor",)))
        if asked and recipe.profile.program == "none":
            message = f"`{asked[0]}` runs in a container, and `{recipe.profile.name}` runs none"
            yield Diagnostic("HG440", message, service.origin, "remove the service's exporters")
            continue
        known = {*exporters(), *(each.name for each in offers[service.name].exporters)}
        for name in service.exporters or ():
            if name not in known:
                near = nearest(name, known)
                listed = ", ".join(f"`{each}`" for each in sorted(known))
                message = f"there is no exporter `{name}` for the kind `{service.kind.name}`"
                hint = f"did you mean `{near}`?" if near else f"there is: {listed}"
                yield Diagnostic("HG440", message, service.origin, hint)


def taken_labels(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG443: a label of a service that is scraped, by a name that Prometheus's own have."""
    for service in (each for each in recipe.services if each.name in recipe.scraped):
        for name in service.labels:
            if name in _OWN or name.startswith("__"):
                message = f"the label `{name}` of `{service.name}` is one that every target has"
                hint = "call it something else"
                yield Diagnostic("HG443", message, service.origin, hint)


def unwatched(recipe: Recipe, offers: Mapping[str, ServiceOffer]) -> Iterator[Diagnostic]:
    """HG456: a service that is to be scraped, and of which nothing is told."""
    services = {service.name: service for service in recipe.services}
    for watcher in (each for each in recipe.services if "x-scrapes" in each.kind.schema):
        for (field, *_), name, _ in written(watcher.kind, watcher.settings):
            if not any(watched(recipe, services[name], offers[name])):
                message = f"nothing tells `{watcher.name}` of `{name}`"
                hint = f"its kind does not, and it has no exporter: `exporters: [node]` of `{name}`"
                span = watcher.written[str(field)]
                yield Diagnostic("HG456", message, span, hint, warning=True)


def shared_folders(recipe: Recipe, offers: Mapping[str, Offer]) -> Iterator[Diagnostic]:
    """HG442: two entries whose files would lie in one folder of the bundle."""
    first: dict[str, str] = {}
    for entry in recipe.entries:
        folder = offers[entry.name].folder
        if folder and first.setdefault(folder, entry.name) != entry.name:
            message = f"`{first[folder]}` has the folder {folder}/ of the bundle already"
            hint = f"a recipe has one service of the kind `{entry.kind.name}`"
            yield Diagnostic("HG442", message, entry.origin, hint)


def _own(service: Service, offer: ServiceOffer, scrape: Scrape) -> Watched:
    secrets = {secret.name: secret for secret in offer.secrets}
    return Watched(
        job=f"{service.name}.{scrape.name}" if scrape.name else service.name,
        service=service,
        path=scrape.path,
        expected=_told(service, scrape),
        username=scrape.username,
        secret=secrets.get(scrape.credential),
        source=scrape.name or service.kind.name,
        folder=service.kind.folder / scrape.name,
    )


def _folder(service: Service, exporter: Exporter) -> Path:
    return FOLDER / exporter.name if exporter.name in exporters() else service.kind.folder
