"""Ports that anybody on the cluster may use."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.plan.rules.situation import Situation


@finds("HG450")
def open_ports(situation: Situation) -> Iterator[Diagnostic]:
    """A service that listens for the whole cluster and asks for no credential: a warning."""
    backends = situation.recipe.backends
    for service in situation.recipe.services:
        offer = situation.service_offers[service.name]
        offer = offer.behind or offer
        if service.name not in backends and service.expose == "cluster" and not offer.secrets:
            message = f"whoever is on the cluster may use `{service.name}`: it has no credential"
            danger = offer.danger or "if its program checks none itself"
            hint = f"{danger}; `expose: job` keeps it on its own node"
            yield Diagnostic("HG450", message, service.origin, hint, warning=True)
