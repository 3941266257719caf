"""A service as its job runs it: its offer and its recipe entry, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from hpcgen.kinds.bundled_programs import LIST, digests, listed
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.overrides import Override, given
from hpcgen.model.entry import Service
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.references import Argument
from hpcgen.plan.addresses import address_library, address_value
from hpcgen.plan.parts.container import contain
from hpcgen.plan.parts.entry_part import command_value, entry_part
from hpcgen.plan.parts.hooks import Told, around
from hpcgen.plan.parts.part import Part
from hpcgen.plan.parts.readiness import probe_command, probe_library, probed, proof
from hpcgen.plan.parts.replicas import replicas
from hpcgen.plan.parts.sidecar import sidecars
from hpcgen.plan.ports import meeting
from hpcgen.plan.wait_timeouts import wait_timeout
from hpcgen.resolve.names import reaches
from hpcgen.text.shell import Bash, Value


def service_part(
    recipe: Recipe,
    service: Service,
    offer: ServiceOffer,
    ports: Mapping[str, tuple[str, ...]],
    patience: Mapping[str, int],
) -> Part:
    """One service on one node, or with members on others; `ports` are those of `plan_ports`."""
    profile = recipe.profile
    exporters = sidecars(recipe, service, offer, ports)
    targets = _targets(recipe, service, offer)
    containment = contain(service, offer, profile)
    address = address_library(service, profile)
    spread = _on_each_node(recipe, service, offer)
    beside = around(service, offer, Told(targets, spread, address), exporters)
    carried = {**offer.files, **beside}
    common = entry_part(recipe, service, offer, containment)
    begun = replace(
        common,
        files=listed(carried) if offer.folder else carried,
        folder=offer.folder or common.folder,
        overrides=tuple(_ports_first(common.overrides, ports[service.name])),
    )
    return replace(
        begun,
        values={
            **begun.values,
            **given(begun.overrides),
            **_listens(profile, service, offer, begun, ports),
            **_lasts(profile, service, offer, patience, keeps_data=containment.keeps_data),
            **address_value(service, profile),
            **probed(service, offer, containment),
            **({"SETUP": containment.probe_options} if service.setup else {}),
            **_scheme(service, offer),
            **offer.values,
            **digests({LIST: begun.files[LIST]} if offer.folder else begun.files),
        },
        late_values={
            **command_value(service, _command(service, offer), late=True),
            **probe_command(service, late=True),
        },
        waits=reaches(service),
        placement=service.placement if service.backend else "",
        apart=bool(service.backend and service.backend.fleet and service.backend.fleet.own_jobs),
        cpus=service.resources.get("cpus_per_task", 1),
        starts=service.backend.name if service.backend and service.backend.started_by else "",
        artefacts=offer.artefacts,
        published=offer.published,
        balances=offer.behind is not None,
        fleet=service.fleet,
        members=offer.members,
        address=address,
        probe=probe_library(service, offer),
        fetch=None if begun.detached else offer.fetch,
        stable_for=service.readiness.stable_for,
        targets=targets,
        sidecars=exporters,
        around=bool(beside),
        protection=_protection(service, offer),
        proof=proof(service, offer, containment),
    )


def _listens(
    profile: Profile,
    service: Service,
    offer: ServiceOffer,
    begun: Part,
    ports: Mapping[str, tuple[str, ...]],
) -> dict[str, Value]:
    """What it runs, on how many nodes, and where it listens."""
    return {
        "TUNNEL": _tunnel(service, profile),
        **command_value(service, _command(service, offer), late=False),
        "PORTS": tuple(_ports(ports[service.name], begun.overrides)),
        **_members(service, offer, ports),
        **replicas(service, offer, profile),
    }


def _lasts(
    profile: Profile,
    service: Service,
    offer: ServiceOffer,
    patience: Mapping[str, int],
    *,
    keeps_data: bool,
) -> dict[str, Value]:
    """How long it may take to start and to end, and where it keeps what outlasts it."""
    grace = profile.stopping.grace
    return {
        "READY_TIMEOUT": service.readiness.timeout,
        **wait_timeout(service, patience),
        **({} if service.job else {"GRACE": grace}),
        "HEALTH_INTERVAL": _health_interval(service, offer),
        **({"JOB_NAME": service.job_name} if keeps_data else {}),
        **({"DATA": offer.data.bash} if offer.data else {}),
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
    for each in overrides:
        yield replace(each, default=ports[0]) if each.field == "port" else each


def _ports(ports: tuple[str, ...], overrides: Iterable[Override]) -> Iterator[str]:
    """The ports, in the place of the first of them what may be set when submitting."""
    variable = next((each.variable for each in overrides if each.field == "port"), "")
    yield Bash(f'"${{{variable}}}"') if variable else ports[0]
    yield from ports[1:]


def _scheme(service: Service, offer: ServiceOffer) -> dict[str, Value]:
    """How the service's own URL begins, where it refers to itself by it."""
    asked = any(each.what == "url" and each.name == service.name for each in service.references())
    return {"SCHEME": offer.scheme} if asked else {}


def _targets(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, Bash]:
    """Where Prometheus is to scrape the service itself, once it is ready."""
    if service.name not in recipe.scraped:
        return {}
    ports = {"port": "${PORT}", **service.ports}
    once = [each for each in offer.scrape if not each.on_each_node]
    names = (f"{service.name}.{each.name}" if each.name else service.name for each in once)
    addresses = (Bash(f'"${{IP}}:{ports[each.port]}"') for each in once)
    return dict(zip(names, addresses, strict=True))


def _on_each_node(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, str]:
    """What every node of the job tells of itself: the port, by what Prometheus calls it."""
    spread = (each for each in offer.scrape if each.on_each_node)
    named = {f"{service.name}.{each.name}": each.port for each in spread}
    return named if service.name in recipe.scraped else {}


def _protection(service: Service, offer: ServiceOffer) -> str:
    reach = "its own node" if service.expose == "job" else "the cluster"
    secrets = (offer.behind or offer).secrets
    return f"{reach}, {secrets[0].name if secrets else 'no credential'}"


def _tunnel(service: Service, profile: Profile) -> Bash:
    """The ssh command up to its -NL; a service on loopback is reached through its own node."""
    host = profile.login_host or "${SLURM_SUBMIT_HOST:-login}"
    port = profile.login_port
    if service.expose == "job":
        jump = f"${{USER}}@{host}" + (f":{port}" if port != 22 else "")
        return Bash(f'"ssh -J {jump} ${{USER}}@${{HOSTNAME}}"')
    option = f"-p {port} " if port != 22 else ""
    return Bash(f'"ssh {option}${{USER}}@{host}"')
