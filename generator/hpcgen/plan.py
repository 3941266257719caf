"""Stage 4: every decision. What follows only prints.

`plan` turns a recipe into jobs in their order of submission, connection files and images. A kind
describes itself by an offer (`offer.py`); what jobs need of each other is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from hpcgen.allowances import refused
from hpcgen.client_job import client_job
from hpcgen.connection import Connection, connection
from hpcgen.contradictions import contradictions
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.job import Job
from hpcgen.names import waits_for
from hpcgen.offer import ServiceOffer
from hpcgen.ports import plan_ports
from hpcgen.profile import Profile
from hpcgen.recipe import Image, Recipe, Service
from hpcgen.service_job import service_job
from hpcgen.shell import Bash
from hpcgen.stopping import Stopping, too_short
from hpcgen.warnings import warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is rendered; `jobs` are in the order of submission, services first.

    `run_root_elsewhere` is the bash word for the run root in a shell that may lack its variable.
    """

    name: str
    file: str
    description: str
    profile: Profile
    run_root: Bash
    run_root_elsewhere: Bash
    stopping: Stopping
    jobs: tuple[Job, ...]
    connections: tuple[Connection, ...]
    images: tuple[Image, ...]
    warnings: tuple[Diagnostic, ...]

    @property
    def origin(self) -> str:
        """What every file says of how to make it again."""
        return f"Made by hpcgen, do not edit: change {self.file}, then run `hpcgen build`."


def plan(recipe: Recipe) -> Plan:
    """Decide everything.

    Raises RecipeError: HG401 for a time limit too short to stop in, HG402 for resources that are
    asked for twice, and the codes of `allowances.refused` for what the cluster does not allow.
    """
    stopping = Stopping.within(recipe.profile.kill_wait)
    entries = (*recipe.services, *recipe.clients)
    short = (too_short(entry, stopping) for entry in entries)
    if problems := [*(each for each in short if each), *contradictions(recipe), *refused(recipe)]:
        raise RecipeError(problems)
    offers = {service.name: service.kind.module.offer(service) for service in recipe.services}
    return Plan(
        name=recipe.name,
        file=recipe.file,
        description=recipe.description,
        profile=recipe.profile,
        run_root=recipe.profile.run_root.bash,
        run_root_elsewhere=recipe.profile.run_root.lenient,
        stopping=stopping,
        jobs=tuple(_jobs(recipe, offers)),
        connections=tuple(connection(each, offers[each.name]) for each in recipe.services),
        images=tuple(_pulled(recipe)),
        warnings=tuple(warnings(recipe, offers)),
    )


def _jobs(recipe: Recipe, offers: Mapping[str, ServiceOffer]) -> Iterator[Job]:
    ports = plan_ports(recipe.services, offers)
    for service in _in_order(recipe.services):
        yield service_job(recipe, service, offers[service.name], ports[service.name])
    for client in recipe.clients:
        yield client_job(recipe, client, client.kind.module.offer(client), offers)


def _in_order(services: tuple[Service, ...]) -> Iterator[Service]:
    """Services after those they wait for, else as the recipe has them."""
    by_name = {service.name: service for service in services}
    sorter = TopologicalSorter({each.name: waits_for(each) for each in services})
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        yield from (by_name[name] for name in by_name if name in ready)
        sorter.done(*ready)


def _pulled(recipe: Recipe) -> Iterator[Image]:
    entries = (*recipe.services, *recipe.clients)
    images = {entry.image for entry in entries if entry.image and entry.image.source}
    yield from sorted(images, key=lambda image: image.source or "")
