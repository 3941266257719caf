"""An exporter beside a service, as the job of the service runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen.kinds.offer import ChosenExporter, ServiceOffer
from hpcgen.model.entry import Image, Service
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.scraping import Exporter
from hpcgen.plan.addresses import address_library
from hpcgen.plan.parts.container import EXPORTER
from hpcgen.resolve.entries import image
from hpcgen.runtimes import runtime
from hpcgen.runtimes.runtime import PidFile, Runtime, Start
from hpcgen.text.values import Item, Variable, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """An exporter, on the first free one of its ports."""

    exporter: Exporter
    ports: tuple[str, ...]  # those that it may take, in order of preference
    image: Image
    prefix: str  # what carries a variable into its container
    pid_file: PidFile  # how its process gets into a file
    command: tuple[Item, ...]  # all words of its container; "$1" is the port
    address: str = ""  # the library's file that finds a node's address, where each node has one
    first_only: bool = False  # of several replicas on a node, the first one alone has it

    @property
    def name(self) -> str:
        """The exporter's name."""
        return self.exporter.name


def sidecars(
    recipe: Recipe, service: Service, offer: ServiceOffer, ports: Mapping[str, tuple[str, ...]]
) -> tuple[Sidecar, ...]:
    """The exporters that run beside a service; `ports` are those of `plan_ports`.

    What exports a node's GPUs runs beside each replica, for it sees those of its own step.
    """
    several_nodes = int(service.resources.get("nodes", 1)) > 1
    address = address_library(service, recipe.profile) if several_nodes else ""
    node_is_shared = service.fleet is not None and service.fleet.shares_nodes
    return tuple(
        _sidecar(
            recipe.profile,
            chosen,
            ports=ports[place(service, chosen.exporter.name)],
            address=address if chosen.exporter.on_each_node else "",
            first_only=node_is_shared and chosen.exporter.once_a_node,
        )
        for chosen in offer.chosen_exporters
    )


def place(service: Service, exporter: str) -> str:
    """The name under which the ports of an exporter beside a service are planned."""
    return f"{service.name}.{exporter}"


def _sidecar(
    profile: Profile,
    chosen: ChosenExporter,
    *,
    ports: tuple[str, ...],
    address: str,
    first_only: bool,
) -> Sidecar:
    exporter = chosen.exporter
    runs_in = runtime(profile.program)
    own_image = image(chosen.image or exporter.image, profile)
    file = joined(Variable("HERE"), f"/{exporter.name}-exporter.", Variable("HOSTNAME"), ".pid")
    pid_file = runs_in.pid_file(file)
    before_image = (*_options(profile, runs_in, exporter, pid_file), *pid_file.options)
    return Sidecar(
        exporter=exporter,
        ports=ports,
        image=own_image,
        prefix=runs_in.prefix,
        pid_file=pid_file,
        command=(*before_image, own_image.path.word, *pid_file.words, *exporter.command),
        address=address,
        first_only=first_only,
    )


def _options(
    profile: Profile, runs_in: Runtime, exporter: Exporter, pid_file: PidFile
) -> Iterator[Item]:
    variables = (exporter.variable,) if exporter.variable else ()
    gpus = profile.gpu_vendor if exporter.gpus else ""
    yield from runs_in.words(Start(gpus=gpus, variables=variables))
    configuration = joined(Variable("HERE"), f"/exporter:{EXPORTER}:ro")
    written = (pid_file.bind,) if pid_file.bind else ()
    yield from runs_in.binds((configuration, *exporter.binds, *written))
