"""Stage 4: every decision. What follows only prints.

`plan` turns a recipe into jobs in their order of submission, connections, helpers and images. A
kind describes itself by an offer (`offer.py`); what jobs need of each other is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen.allowances import refused
from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.directives import directives
from hpcgen.offer import ClientOffer, ServiceOffer
from hpcgen.ports import plan_ports
from hpcgen.profile import Profile
from hpcgen.recipe import Client, Entry, Image, Recipe, Service
from hpcgen.runtime_path import RuntimePath
from hpcgen.shell import Bash, Value
from hpcgen.stopping import Stopping, too_short

_ISOLATION = ("--containall", "--no-home", "--no-eval", "--no-mount", "hostfs")
"""--containall also cleans the environment; --no-eval keeps values from being read as bash."""

_NOTHING = Bash("")
_UNPACK = {"apptainer": "--unsquash", "singularity": "--tmp-sandbox"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sbatch script. `values` is its assignments block; `bash` what its kind contributes.

    `binds` are the container's bind options; `unpacks` names the runtime's variables, as in
    APPTAINER_TMPDIR, where its image runs unpacked; `leftovers` are removed at the end; `address`
    and `password` name the library files that find them.
    """

    name: str
    kind: str
    title: str
    template: str
    directives: tuple[tuple[str, object], ...]
    values: Mapping[str, Value]
    bash: Mapping[str, Bash]
    origin: Span
    target: str | None = None
    keeps_data: bool = False
    unpacks: str = ""
    leftovers: Bash = _NOTHING
    binds: Bash = _NOTHING
    address: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One connection file; `secret` is the bash word for the file that holds the password."""

    name: str
    function: str
    variables: str
    secret: Bash
    bash: Bash
    origin: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is rendered; `jobs` are in the order of submission, services first."""

    name: str
    file: str
    description: str
    profile: Profile
    run_root: Bash
    stopping: Stopping
    jobs: tuple[Job, ...]
    connections: tuple[Connection, ...]
    images: tuple[Image, ...]


def plan(recipe: Recipe) -> Plan:
    """Decide everything.

    Raises RecipeError: HG401 for a time limit too short to stop in, and the codes of
    `allowances.refused` for what the cluster does not allow.
    """
    stopping = Stopping.within(recipe.profile.kill_wait)
    problems = [too_short(entry, stopping) for entry in (*recipe.services, *recipe.clients)]
    found: list[Diagnostic] = [problem for problem in problems if problem]
    found += refused(recipe)
    offers = {service.name: service.kind.module.offer(service) for service in recipe.services}
    ports = plan_ports(recipe.services, offers)
    if found:
        raise RecipeError(found)
    services = (_service(recipe, s, offers[s.name], ports[s.name]) for s in recipe.services)
    clients = (_client(recipe, c, c.kind.module.offer(c)) for c in recipe.clients)
    return Plan(
        name=recipe.name,
        file=recipe.file,
        description=recipe.description,
        profile=recipe.profile,
        run_root=recipe.profile.run_root.bash,
        stopping=stopping,
        jobs=(*services, *clients),
        connections=tuple(_connection(s, offers[s.name]) for s in recipe.services),
        images=tuple(_pulled(recipe)),
    )


def _service(recipe: Recipe, service: Service, offer: ServiceOffer, ports: tuple[str, ...]) -> Job:
    profile, kind = recipe.profile, service.kind
    unpacked = offer.keeps_data and _is_fuse_mounted(service.image, profile)
    stopping = Stopping.within(profile.kill_wait)
    values = {
        **_identity(recipe, service),
        "LOGIN": _login(profile),
        "CONTAINER": _container(profile, unpacked),
        "COMMAND": offer.command,
        "PORTS": ports,
        "READY_TIMEOUT": service.ready_timeout,
        "GRACE": stopping.grace,
        **_password_file(service),
        **({"INTERFACE": profile.interface} if profile.interface else {}),
        **offer.values,
    }
    return Job(
        name=service.name,
        kind=kind.name,
        title=_title(recipe, service, offer.title),
        template="service.sbatch.j2",
        directives=directives(recipe, service, stopping),
        values=values,
        bash={name: kind.bash(name) for name in ("configure", "probe")},
        origin=service.origin,
        keeps_data=offer.keeps_data,
        unpacks=profile.program.upper() if unpacked else "",
        leftovers=_leftovers(offer.keeps_data, unpacked),
        binds=_binds(offer),
        address="address-of-interface" if profile.interface else "address-of-node",
        password="password-of-file" if _password_file(service) else "generated-password",
    )


def _client(recipe: Recipe, client: Client, offer: ClientOffer) -> Job:
    values = {
        **_identity(recipe, client),
        "TARGET": client.target.name,
        "READY_TIMEOUT": client.target.ready_timeout + 60,
        "CONTAINER": _container(recipe.profile, unpacked=False),
        **offer.values,
    }
    return Job(
        name=client.name,
        kind=client.kind.name,
        title=_title(recipe, client, offer.title),
        template="client.sbatch.j2",
        directives=directives(recipe, client, Stopping.within(recipe.profile.kill_wait)),
        values=values,
        bash={name: client.kind.bash(name) for name in ("functions", "run")},
        origin=client.origin,
        target=client.target.name,
    )


def _identity(recipe: Recipe, entry: Entry) -> dict[str, Value]:
    return {
        "DEPLOYMENT": recipe.name,
        "NAME": entry.name,
        "RUN_ROOT": recipe.profile.run_root.bash,
        "IMAGE": entry.image.path.bash,
    }


def _title(recipe: Recipe, entry: Entry, what: str) -> str:
    return f"{entry.name}: {what} on one node, part of the deployment {recipe.name}."


def _container(profile: Profile, unpacked: bool) -> tuple[str, ...]:
    unpack = (_UNPACK[profile.program],) if unpacked else ()
    return (profile.program, "-q", "exec", *_ISOLATION, "--pwd", "/", *unpack)


def _is_fuse_mounted(image: Image, profile: Profile) -> bool:
    """A plain scancel kills a FUSE mount before the service has saved; a sandbox has none."""
    return profile.sif_mount == "fuse" and image.path.text.endswith(".sif")


def _binds(offer: ServiceOffer) -> Bash:
    config = f'--bind "${{HERE}}/etc:{offer.config}:ro"'
    return Bash(f'{config} --bind "${{DATA}}:{offer.data}"')


def _leftovers(keeps_data: bool, unpacked: bool) -> Bash:
    """What a job removes when the service has stopped: its hold on the data, the unpacked image."""
    hold = ['"${DATA}/.owner/${SLURM_JOB_ID}".*'] if keeps_data else []
    return Bash(" ".join([*hold, *(['"${SCRATCH:-}"'] if unpacked else [])]))


def _login(profile: Profile) -> Bash:
    host = profile.login_host or "${SLURM_SUBMIT_HOST:-login}"
    port = f"-p {profile.login_port} " if profile.login_port != 22 else ""
    return Bash(f'"ssh {port}${{USER}}@{host}"')


def _password_file(service: Service) -> dict[str, Value]:
    """The file of a password by reference; a generated one has its place in the run directory."""
    file = service.settings["password"].get("file")
    return {"PASSWORD_FILE": RuntimePath(file).bash} if file else {}


def _connection(service: Service, offer: ServiceOffer) -> Connection:
    generated = Bash(f'"${{run}}/secrets/{service.name}.password"')
    given = _password_file(service).get("PASSWORD_FILE", generated)
    return Connection(
        name=service.name,
        function="hpcgen_connect_" + service.name.replace("-", "_"),
        variables=", ".join(offer.variables),
        secret=Bash(given),
        bash=service.kind.bash("connect"),
        origin=service.origin,
    )


def _pulled(recipe: Recipe) -> Iterator[Image]:
    images = {entry.image for entry in (*recipe.services, *recipe.clients) if entry.image.source}
    yield from sorted(images, key=lambda image: image.source or "")
