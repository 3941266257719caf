"""What a recipe may do and probably should not: said, and then done all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen.diagnostics import Diagnostic
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Entry
from hpcgen.model.recipe import Recipe
from hpcgen.plan.rules.scraping import unwatched


def warnings(recipe: Recipe, offers: Mapping[str, ServiceOffer]) -> Iterator[Diagnostic]:
    """HG450: a port that anybody on the cluster may use. HG451: an image that may change.

    HG456: a service that is to be scraped, and of which nothing is told.
    """
    backends = recipe.backends
    for service in (each for each in recipe.services if each.name not in backends):
        offer = offers[service.name].behind or offers[service.name]
        if service.expose == "cluster" and not offer.secrets:
            message = f"whoever is on the cluster may use `{service.name}`: it has no credential"
            unknown = "if its program checks none itself"
            danger = offer.danger or unknown
            hint = f"{danger}; `expose: job` keeps it on its own node"
            yield Diagnostic("HG450", message, service.origin, hint, warning=True)
    for entry in (*recipe.services, *recipe.clients):
        yield from _moving_image(entry)
    yield from unwatched(recipe, offers)


def _moving_image(entry: Entry) -> Iterator[Diagnostic]:
    source = entry.image.source if entry.image else None
    if source and source.endswith(":latest"):
        message = f"the image of `{entry.name}` is `latest`, which is another one tomorrow"
        hint = "name a version, or a digest: NAME@sha256:..."
        yield Diagnostic("HG451", message, entry.origin, hint, warning=True)
