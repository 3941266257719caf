"""What is wrong with what is scraped, and with the folders of what scrapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen.diagnostics import Diagnostic
from hpcgen.exporters import exporters
from hpcgen.kinds.offer import Offer, ServiceOffer
from hpcgen.kinds.scrape_jobs import watched
from hpcgen.model.recipe import Recipe
from hpcgen.model.service_references import written
from hpcgen.text.nearest import nearest

_OWN = frozenset({"deployment", "instance", "job", "job_id", "node", "replica", "service"})
"""The labels of every target, which its job or Prometheus gives it."""


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
