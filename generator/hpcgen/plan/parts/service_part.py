"""A service as its job runs it: its offer and its recipe entry, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hpcgen.kinds.balancing import BalancerOffer, health_path
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.overrides import Override, override_values
from hpcgen.model.entry import Service
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.references import Argument
from hpcgen.model.scraping import Scrape
from hpcgen.plan.addresses import address_library, address_value
from hpcgen.plan.parts.container import contain
from hpcgen.plan.parts.entry_part import (
    command_value,
    common_fields,
    first_values,
    overrides_in_force,
)
from hpcgen.plan.parts.part import ServicePart
from hpcgen.plan.parts.program import Program
from hpcgen.plan.parts.readiness import probe_command, probe_library, probe_values, proof
from hpcgen.plan.parts.replicas import replicas
from hpcgen.plan.parts.sidecar import sidecars
from hpcgen.plan.ports import meeting
from hpcgen.plan.wait_timeouts import wait_timeout
from hpcgen.resolve.names import services_to_await
from hpcgen.text.values import Text, Value, Variable, Word, joined


def service_part(
    recipe: Recipe,
    service: Service,
    offer: ServiceOffer,
    ports: Mapping[str, tuple[str, ...]],
    patience: Mapping[str, int],
) -> ServicePart:
    """One service on one node, or with members on others; `ports` are those of `plan_ports`."""
    program = Program(service, offer, recipe.profile)
    container = contain(program)
    overrides = tuple(_ports_first(overrides_in_force(service, offer), ports[service.name]))
    command = _command(service, offer)
    return ServicePart(
        **common_fields(program, container),
        **_balancer_fields(service, offer),
        **_scraping_fields(recipe, service, offer, ports),
        values={
            **first_values(recipe, service, container),
            **override_values(overrides),
            "TUNNEL": _tunnel(service, recipe.profile),
            **command_value(service, command, late=False),
            "PORTS": tuple(_port_words(ports[service.name], overrides)),
            **_members(service, offer, ports),
            **replicas(service, offer, recipe.profile),
            **_times(recipe.profile, service, offer, patience),
            **({"JOB_NAME": service.job_name} if container.keeps_data else {}),
            **({"DATA": offer.data.word} if offer.data else {}),
            **address_value(service, recipe.profile),
            **probe_values(service, offer, container),
            **({"SETUP": container.probe_options} if service.setup else {}),
            **_scheme(service, offer),
            **offer.values,
        },
        late_values={
            **command_value(service, command, late=True),
            **probe_command(service, late=True),
        },
        overrides=overrides,
        waits=services_to_await(service),
        ports=tuple(_every_port(service, ports[service.name])),
        address=address_library(service, recipe.profile),
        probe=probe_library(service, offer),
        stable_for=service.readiness.stable_for,
        cpus=service.resources.get("cpus_per_task", 1),
        fleet=service.fleet,
        members=offer.members,
        fetch=None if program.is_detached else offer.fetch,
        artefacts=offer.artefacts,
        published=offer.published,
        protection=_protection(service, offer),
        proof=proof(service, offer, container),
    )


def _balancer_fields(service: Service, offer: ServiceOffer) -> dict[str, Any]:
    """The fields of `ServicePart` that only a balancer has."""
    backend = service.backend
    if backend is None or offer.behind is None or not isinstance(offer, BalancerOffer):
        return {}
    fleet = backend.fleet
    return {
        "balancer": offer,
        "placement": service.placement,
        "starts": backend.name if backend.started_by else "",
        "one_job_per_replica": bool(fleet and fleet.one_job_per_replica),
        "health": health_path(service, offer.behind),
        "replicas": fleet.count if fleet else 1,
    }


def _scraping_fields(
    recipe: Recipe, service: Service, offer: ServiceOffer, ports: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """The fields of `ServicePart` that say what is scraped, and what runs for that."""
    return {
        "targets": _targets(recipe, service, offer),
        "node_targets": _node_targets(recipe, service, offer),
        "sidecars": sidecars(recipe, service, offer, ports),
        "library": offer.library,
        "meanwhile": offer.meanwhile,
    }


def _times(
    profile: Profile, service: Service, offer: ServiceOffer, patience: Mapping[str, int]
) -> dict[str, Value]:
    """How long it may take to start and to end, and how often it is asked in between."""
    return {
        "READY_TIMEOUT": service.readiness.timeout,
        **wait_timeout(service, patience),
        **({} if service.job else {"GRACE": profile.stopping.grace}),
        "HEALTH_INTERVAL": _health_interval(service, offer),
    }


def _health_interval(service: Service, offer: ServiceOffer) -> int:
    """The seconds between two checks of a service that is ready; 0: none, by its log."""
    by_log = probe_library(service, offer) == "log"
    return 0 if by_log else service.readiness.interval


def _command(service: Service, offer: ServiceOffer) -> tuple[Argument, ...]:
    launcher = offer.members.launcher if offer.members else ()
    return (*launcher, *(service.command or offer.command), *service.args)


def _members(
    service: Service, offer: ServiceOffer, ports: Mapping[str, tuple[str, ...]]
) -> dict[str, Value]:
    """How many nodes there are beside the first, where all meet, and a step on the others.

    What Slurm would let live, the rest of a step of which one task has failed, it is to end.
    """
    if not offer.members:
        return {}
    count = str(offer.members.count)
    cpus = str(service.resources.get("cpus_per_task", 1))
    step = ("srun", "--overlap", "--relative", "1", "--nodes", count, "--ntasks", count)
    size = ("--ntasks-per-node", "1", "--cpus-per-task", cpus, "--mpi", "none")
    return {
        "MEMBERS": int(count),
        "MEETING_PORTS": ports[meeting(service.name)],
        "ON_MEMBERS": (*step, *size, "--kill-on-bad-exit"),
    }


def _ports_first(overrides: Iterable[Override], ports: tuple[str, ...]) -> Iterator[Override]:
    """The overrides, that of the port with the first of the ports for its default."""
    for override in overrides:
        yield replace(override, default=ports[0]) if override.field == "port" else override


def _port_words(ports: tuple[str, ...], overrides: Iterable[Override]) -> Iterator[Word]:
    """The ports, in the place of the first of them what may be set when submitting."""
    variables = (override.variable for override in overrides if override.field == "port")
    variable = next(variables, "")
    yield Variable(variable) if variable else ports[0]
    yield from ports[1:]


def _every_port(service: Service, ports: tuple[str, ...]) -> Iterator[str]:
    """The ports, each with those of the replicas that may share a node."""
    slots = service.fleet.slots if service.fleet else 1
    yield from (str(int(port) + slot) for port in ports for slot in range(slots))


def _scheme(service: Service, offer: ServiceOffer) -> dict[str, Value]:
    """How the service's own URL begins, where it refers to itself by it."""
    urls = (reference for reference in service.references() if reference.what == "url")
    return {"SCHEME": offer.scheme} if any(url.name == service.name for url in urls) else {}


def _targets(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, Text]:
    """Where Prometheus is to scrape the service itself once it is ready, by the job's name."""
    if service.name not in recipe.scraped:
        return {}
    ports: dict[str, str | Variable] = {
        "port": Variable("PORT"),
        **{name: str(port) for name, port in service.ports.items()},
    }
    once = (scrape for scrape in offer.scrape if not scrape.on_each_node)
    return {
        _job(service, scrape): joined(Variable("IP"), ":", ports[scrape.port]) for scrape in once
    }


def _node_targets(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, str]:
    """The port at which every node of the job is scraped, by the name of Prometheus's job."""
    if service.name not in recipe.scraped:
        return {}
    return {_job(service, scrape): scrape.port for scrape in offer.scrape if scrape.on_each_node}


def _job(service: Service, scrape: Scrape) -> str:
    """What Prometheus calls it."""
    return f"{service.name}.{scrape.name}" if scrape.name else service.name


def _protection(service: Service, offer: ServiceOffer) -> str:
    reach = "its own node" if service.expose == "job" else "the cluster"
    secrets = (offer.behind or offer).secrets
    return f"{reach}, {secrets[0].name if secrets else 'no credential'}"


def _tunnel(service: Service, profile: Profile) -> Text:
    """The ssh command up to its -NL; a service on loopback is reached through its own node."""
    host = profile.login_host or Variable("SLURM_SUBMIT_HOST", "login")
    login, port = joined(Variable("USER"), "@", host), profile.login_port
    if service.expose == "job":
        jump = login + f":{port}" if port != 22 else login
        return joined("ssh -J ", jump, " ", Variable("USER"), "@", Variable("HOSTNAME"))
    return joined(f"ssh -p {port} " if port != 22 else "ssh ", login)
