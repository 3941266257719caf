"""Which exporters run beside a service: decided once, when its offer is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hpcgen.exporters import exporters
from hpcgen.kinds.offer import ChosenExporter, ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.recipe import Recipe


def with_exporters(recipe: Recipe, service: Service, offer: ServiceOffer) -> ServiceOffer:
    """The offer with the exporters that run beside the service; unknown ones are left out.

    Without a list in the recipe, a service that is scraped has those of its kind and, unless it
    scrapes others itself, the one of its nodes.
    """
    chosen = tuple(_chosen(_requested(recipe, service, offer), offer))
    return replace(offer, chosen_exporters=chosen) if chosen else offer


def _chosen(
    requested: Mapping[str, Mapping[str, Any]], offer: ServiceOffer
) -> Iterator[ChosenExporter]:
    available = {**exporters(), **{exporter.name: exporter for exporter in offer.exporters}}
    for name, fields in requested.items():
        if name in available:
            yield ChosenExporter(available[name], fields.get("image"), fields.get("port"))


def _requested(
    recipe: Recipe, service: Service, offer: ServiceOffer
) -> Mapping[str, Mapping[str, Any]]:
    """The exporters that a service requests, by name, with the image and port of each."""
    cadvisor = {} if service.cadvisor is None else {"cadvisor": service.cadvisor}
    if service.exporters is not None:
        return {**service.exporters, **cadvisor}
    if recipe.profile.program == "none" or service.name not in recipe.scraped:
        return cadvisor
    scrapes = "x-scrapes" in service.kind.schema
    names = (*(exporter.name for exporter in offer.exporters), *(() if scrapes else ("node",)))
    return {**{name: {} for name in names}, **cadvisor}
