"""A service as its job runs it: its offer and its recipe entry, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from hpcgen.entry import Entry, Service
from hpcgen.offer import Offer, Secret, ServiceOffer
from hpcgen.overrides import Override, given
from hpcgen.plan.addresses import address_library, address_value
from hpcgen.plan.around import Told, around
from hpcgen.plan.containment import Containment, contain
from hpcgen.plan.part import Part
from hpcgen.plan.patience import wait_timeout
from hpcgen.plan.ports import meeting
from hpcgen.plan.replicas import replicas
from hpcgen.plan.share import share
from hpcgen.plan.sidecar import sidecars
from hpcgen.profile import Profile
from hpcgen.programs import LIST, digests, listed
from hpcgen.recipe import Recipe
from hpcgen.references import Argument
from hpcgen.resolve.names import reaches
from hpcgen.runtimes import environment_prefix
from hpcgen.shell import Bash, Value
from hpcgen.stopping import Stopping
from hpcgen.words import bash_words, is_late

_PROBED = {"http": "PROBE_PATH", "log": "PROBE_TEXT"}


def service_part(
    recipe: Recipe,
    service: Service,
    offer: ServiceOffer,
    ports: Mapping[str, tuple[str, ...]],
    patience: Mapping[str, int],
) -> Part:
    """One service on one node, or with members on others; `ports` are those of `plan_ports`."""
    profile, stopping = recipe.profile, Stopping.within(recipe.profile.kill_wait)
    exporters = sidecars(recipe, service, offer, ports)
    targets = _targets(recipe, service, offer)
    containment = contain(service, offer, profile)
    address = address_library(service, profile)
    spread = _on_each_node(recipe, service, offer)
    beside = around(service, offer, containment, Told(targets, spread, address), exporters)
    carried = {**offer.files, **beside}
    files = listed(carried) if offer.folder else carried
    overrides = tuple(_ports_first(in_force(service, offer), ports[service.name]))
    detached = bool(containment.runtime and containment.runtime.detached)
    launcher = offer.members.launcher if offer.members else ()
    command = (*launcher, *(service.command or offer.command), *service.args)
    values = {
        **identity(recipe, service, containment),
        **given(overrides),
        "TUNNEL": _tunnel(service, profile),
        **command_value(service, command, late=False),
        "PORTS": tuple(_ports(ports[service.name], overrides)),
        **_members(service, offer, ports),
        **replicas(service, offer, profile),
        "READY_TIMEOUT": service.readiness.timeout,
        **wait_timeout(service, patience),
        **({} if service.job else {"GRACE": stopping.grace}),
        **({"DATA": offer.data.bash} if offer.data else {}),
        **address_value(service, profile),
        **_probed(service, offer, containment),
        **({"SETUP": containment.probe_options} if service.setup else {}),
        **_scheme(service, offer),
        **offer.values,
        **digests({LIST: files[LIST]} if offer.folder else files),
    }
    return Part(
        name=service.name,
        kind=service.kind.name,
        role="service",
        title=f"{service.name}: {offer.title}.",
        description=service.description,
        values=values,
        late_values={
            **command_value(service, command, late=True),
            **_probe_command(service, late=True),
        },
        containment=containment,
        bash=service.kind.scripts,
        origin=service.origin,
        waits=reaches(service),
        placement=service.placement if service.backend else "",
        apart=bool(service.backend and service.backend.fleet and service.backend.fleet.own_jobs),
        cpus=service.resources.get("cpus_per_task", 1),
        starts=service.backend.name if service.backend and service.backend.started_by else "",
        setup=tuple(bash_words(service, command) for command in service.setup),
        modules=service.modules,
        share=share(service, profile),
        files=files,
        artefacts=offer.artefacts,
        published=offer.published,
        balances=offer.behind is not None,
        fleet=service.fleet,
        overrides=overrides,
        members=offer.members,
        prefix=environment_prefix(service, profile),
        address=address,
        probe=_probe_library(service, offer),
        fetch=None if detached else offer.fetch,
        stable_for=service.readiness.stable_for,
        folder=offer.folder or f"services/{service.name}",
        targets=targets,
        sidecars=exporters,
        around=bool(beside),
        protection=_protection(service, offer),
        proof=_proof(service, offer, containment),
    )


def in_force(entry: Entry, offer: Offer) -> tuple[Override, ...]:
    """The offer's overrides, but for those of a command in whose place the recipe has its own."""
    replaced = offer.command if entry.command else ()
    return tuple(each for each in offer.overrides if each.argument not in replaced)


def identity(recipe: Recipe, entry: Entry, containment: Containment) -> dict[str, Value]:
    """The values that every part begins with."""
    image: dict[str, Value] = {}
    files = _secret_files(containment.secrets)
    if entry.image:
        path = entry.image.path.bash
        image = {"IMAGE": path, **containment.values, "CONTAINER": containment.options}
    elif isinstance(entry, Service):
        image = {"ENTER": containment.options}
    if entry.job:
        return {"NAME": entry.name, **image, **files}
    names = {"DEPLOYMENT": recipe.name, "NAME": entry.name}
    return {**names, "RUN_ROOT": recipe.profile.run_root.bash, **image, **files}


def _secret_files(secrets: Iterable[Secret]) -> dict[str, Value]:
    """Where the secrets that are files of the user's are; the others lie in the run directory."""
    given = ((secret.variable, secret.reference.file) for secret in secrets)
    return {f"{variable}_FILE": file.bash for variable, file in given if file}


def command_value(entry: Entry, command: tuple[Argument, ...], *, late: bool) -> dict[str, Value]:
    """The value COMMAND, where it is late, or where it is not."""
    is_so = any(is_late(argument) for argument in command)
    return {"COMMAND": bash_words(entry, command)} if is_so == late else {}


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


def _probe_library(service: Service, offer: ServiceOffer) -> str:
    """The library's file that proves readiness; "" for the kind's own."""
    probe = service.readiness.probe or offer.probe or ""
    return "bare-command" if probe == "command" and service.image is None else probe


def _probed(service: Service, offer: ServiceOffer, containment: Containment) -> dict[str, Value]:
    readiness = service.readiness
    always = service.job is not None
    stable: dict[str, Value] = (
        {"STABLE_FOR": readiness.stable_for} if readiness.stable_for or always else {}
    )
    beside: dict[str, Value] = {"PROBE": containment.probe_options} if service.asks_beside else {}
    if readiness.command:
        return {**beside, **_probe_command(service, late=False), **stable}
    if readiness.probe is None and offer.probe == "http":
        return {"PROBE_PATH": offer.health, **stable}
    if readiness.probe not in _PROBED:
        return {**beside, **stable}
    return {_PROBED[readiness.probe]: str(readiness.expected), **stable}


def _probe_command(service: Service, *, late: bool) -> dict[str, Value]:
    words = service.readiness.command
    is_so = any(is_late(word) for word in words)
    return {"PROBE_COMMAND": bash_words(service, words)} if words and is_so == late else {}


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


def _proof(service: Service, offer: ServiceOffer, containment: Containment) -> str:
    """In words, what must be so before the endpoint is published."""
    probe = service.readiness.probe or offer.probe
    expected = service.readiness.expected or offer.health
    said = {
        "http": f"GET {expected} succeeds",
        "tcp": "the port takes a connection",
        "log": "its log has the text it waits for",
        "command": "a command in the container succeeds"
        if service.image
        else "a command on its node succeeds",
    }
    listens = containment.runtime.proof if containment.runtime else "a process of its job listens"
    return f"{listens}, {said[probe] if probe else offer.proof}"


def _tunnel(service: Service, profile: Profile) -> Bash:
    """The ssh command up to its -NL; a service on loopback is reached through its own node."""
    host = profile.login_host or "${SLURM_SUBMIT_HOST:-login}"
    port = profile.login_port
    if service.expose == "job":
        jump = f"${{USER}}@{host}" + (f":{port}" if port != 22 else "")
        return Bash(f'"ssh -J {jump} ${{USER}}@${{HOSTNAME}}"')
    option = f"-p {port} " if port != 22 else ""
    return Bash(f'"ssh {option}${{USER}}@{host}"')
