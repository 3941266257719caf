"""What Prometheus is to scrape, and the bundle's folders of the services that scrape."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.exporters import exporters
from hpcgen.kinds.scrape_jobs import scrape_jobs
from hpcgen.model.service_references import service_mentions
from hpcgen.plan.rules.situation import Situation
from hpcgen.text.nearest import nearest

_RESERVED = frozenset({"deployment", "instance", "job", "job_id", "node", "replica", "service"})
"""The labels of every target, which its job or Prometheus gives it."""


@finds("HG440")
def unknown_exporters(situation: Situation) -> Iterator[Diagnostic]:
    """An exporter that neither hpcgen nor the kind has, or one where nothing runs containers."""
    profile = situation.recipe.profile
    for service in situation.recipe.services:
        cadvisor = () if service.cadvisor is None else ("cadvisor",)
        requested = (*(service.exporters or ()), *cadvisor)
        if requested and profile.program == "none":
            message = f"`{requested[0]}` runs in a container, and `{profile.name}` runs none"
            yield Diagnostic("HG440", message, service.origin, "remove the service's exporters")
            continue
        offer = situation.service_offers[service.name]
        names = {*exporters(), *(exporter.name for exporter in offer.exporters)}
        for name in service.exporters or ():
            if name not in names:
                near = nearest(name, names)
                listed = ", ".join(f"`{exporter}`" for exporter in sorted(names))
                message = f"there is no exporter `{name}` for the kind `{service.kind.name}`"
                hint = f"did you mean `{near}`?" if near else f"there is: {listed}"
                yield Diagnostic("HG440", message, service.origin, hint)


@finds("HG443")
def reserved_labels(situation: Situation) -> Iterator[Diagnostic]:
    """A label of a scraped service, by a name that Prometheus's own labels have."""
    recipe = situation.recipe
    for service in (service for service in recipe.services if service.name in recipe.scraped):
        for name in service.labels:
            if name in _RESERVED or name.startswith("__"):
                message = f"the label `{name}` of `{service.name}` is one that every target has"
                yield Diagnostic("HG443", message, service.origin, "call it something else")


@finds("HG456")
def unscraped_services(situation: Situation) -> Iterator[Diagnostic]:
    """A service that is to be scraped, and exports nothing: a warning."""
    recipe, offers = situation.recipe, situation.service_offers
    services = {service.name: service for service in recipe.services}
    for scraper in (service for service in recipe.services if "x-scrapes" in service.kind.schema):
        for (field, *_), name, _ in service_mentions(scraper.kind, scraper.settings):
            if not any(scrape_jobs(services[name], offers[name])):
                message = f"nothing tells `{scraper.name}` of `{name}`"
                hint = f"its kind does not, and it has no exporter: `exporters: [node]` of `{name}`"
                span = scraper.written[str(field)]
                yield Diagnostic("HG456", message, span, hint, warning=True)


@finds("HG442")
def shared_folders(situation: Situation) -> Iterator[Diagnostic]:
    """Two entries whose files would lie in one folder of the bundle."""
    first: dict[str, str] = {}
    for entry in situation.recipe.entries:
        folder = situation.offers[entry.name].folder
        if folder and first.setdefault(folder, entry.name) != entry.name:
            message = f"`{first[folder]}` has the folder {folder}/ of the bundle already"
            hint = f"a recipe has one service of the kind `{entry.kind.name}`"
            yield Diagnostic("HG442", message, entry.origin, hint)
