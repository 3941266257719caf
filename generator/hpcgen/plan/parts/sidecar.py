"""An exporter beside a service, as the script of the service's job runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.scrape_jobs import SCRAPING, beside, wanted
from hpcgen.model.entry import Image, Service
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.scraping import Exporter
from hpcgen.plan.addresses import address_library
from hpcgen.plan.parts.container import EXPORTER
from hpcgen.resolve.entries import image
from hpcgen.runtimes import runtime
from hpcgen.runtimes.runtime import Noting, Runtime, Start
from hpcgen.text import shell
from hpcgen.text.shell import Bash


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """`function` runs it, at the port that is its argument, and `ports` are those it may take.

    `lines` are that function's body, `prepare` what must be done first. `address` names the file of
    the library that finds the address of a node, where it runs on each of several. `first_only`
    says that of several replicas on a node the first one alone has it; what tells of GPUs each has,
    for it sees those of its own step.
    """

    name: str
    title: str
    function: str
    ports: tuple[str, ...]
    image: Image
    lines: tuple[Bash, ...]
    prepare: tuple[Bash, ...]
    address: str = ""
    first_only: bool = False


def sidecars(
    recipe: Recipe, service: Service, offer: ServiceOffer, ports: Mapping[str, tuple[str, ...]]
) -> tuple[Sidecar, ...]:
    """The exporters that run beside a service; `ports` are those of `plan_ports`."""
    asked, several = wanted(recipe, service, offer), int(service.resources.get("nodes", 1)) > 1
    address = address_library(service, recipe.profile) if several else ""
    crowded = service.fleet is not None and service.fleet.shares_nodes
    return tuple(
        replace(
            _sidecar(recipe.profile, each, asked[name].get("image"), ports[place(service, name)]),
            address=address if each.on_each_node else "",
            first_only=crowded and each.once_a_node,
        )
        for name, each in beside(recipe, service, offer).items()
    )


def place(service: Service, exporter: str) -> str:
    """The name under which the ports of an exporter beside a service are planned."""
    return f"{service.name}.{exporter}"


def _sidecar(
    profile: Profile, exporter: Exporter, reference: str | None, ports: tuple[str, ...]
) -> Sidecar:
    runs_in = image(reference or exporter.image, profile)
    return Sidecar(
        name=exporter.name,
        title=exporter.title,
        function=f"{exporter.name}_exporter",
        ports=ports,
        image=runs_in,
        lines=tuple(_lines(profile, exporter, runs_in)),
        prepare=tuple(Bash(line) for line in exporter.prepare),
    )


def _lines(profile: Profile, exporter: Exporter, runs_in: Image) -> Iterator[Bash]:
    runs_it = runtime(profile.program)
    yield Bash(f'unset "${{!{runs_it.prefix}@}}" # what the service is told, its secrets among it')
    if exporter.variable:
        yield Bash(f"export {runs_it.prefix}{exporter.variable}={SCRAPING.value}")
    noting = runs_it.noting(f"${{HERE}}/{exporter.name}-exporter.${{HOSTNAME}}.pid")
    yield from (Bash(f': >{bind.rpartition(":")[0]}"') for bind in noting.binds)
    before = _contained(profile, exporter, runs_it, noting)
    after = (runs_in.path.bash, *noting.words, *exporter.command)
    yield shell.continued((*before, *noting.options, *after))


def _contained(
    profile: Profile, exporter: Exporter, runs_it: Runtime, noting: Noting
) -> Iterator[object]:
    variables = (exporter.variable,) if exporter.variable else ()
    gpus = profile.gpu_vendor if exporter.gpus else ""
    yield from runs_it.words(Start(gpus=gpus, variables=variables))
    pairs = (f"${{HERE}}/exporter:{EXPORTER}:ro", *exporter.binds)
    yield from runs_it.binds((*(Bash(f'"{pair}"') for pair in pairs), *noting.binds))
