"""The job of a service: its offer and its recipe entry, put together."""

from __future__ import annotations

from collections.abc import Iterable

from hpcgen import containers
from hpcgen.directives import directives
from hpcgen.job import Job
from hpcgen.names import waits_for
from hpcgen.offer import Secret, ServiceOffer
from hpcgen.profile import Profile
from hpcgen.recipe import Entry, Recipe, Service
from hpcgen.references import Argument
from hpcgen.shell import Bash, Value
from hpcgen.stopping import Stopping
from hpcgen.words import bash_words, is_late

_CONFIG = "/run/hpcgen"
_PROBED = {"http": "PROBE_PATH", "log": "PROBE_TEXT", "command": "PROBE_COMMAND"}


def service_job(
    recipe: Recipe, service: Service, offer: ServiceOffer, ports: tuple[str, ...]
) -> Job:
    """One service on one node, in a job of its own."""
    profile, kind = recipe.profile, service.kind
    stopping = Stopping.within(profile.kill_wait)
    secrets = (*offer.secrets, *containers.entry_secrets(service))
    used = offer.directories | containers.directories(service)
    keeps_data = "data" in used and offer.keeps_data
    unpacked = containers.runs_unpacked(service.image, profile, keeps_data)
    scratch = unpacked or offer.writes_tmp or "scratch" in used
    files = any(secret.file for secret in secrets)
    config = offer.config or (_CONFIG if files else None)
    command = _command(service, offer)
    return Job(
        name=service.name,
        kind=kind.name,
        role="service",
        title=title(service, offer.title),
        description=service.description,
        template="service.sbatch.j2",
        directives=directives(recipe, service, stopping),
        values={
            **identity(recipe, service),
            "TUNNEL": _tunnel(service, profile),
            "CONTAINER": containers.container(
                service,
                profile,
                runs_image=not (service.command or offer.command),
                unpacked=unpacked,
            ),
            **command_value(service, command, late=False),
            "PORTS": ports,
            "READY_TIMEOUT": service.readiness.timeout,
            "GRACE": stopping.grace,
            **secret_files(secrets),
            **_address(service, profile),
            **_probed(service),
            **_stable(service),
            **offer.values,
        },
        late_values=command_value(service, command, late=True),
        exports=containers.exports(service, profile, offer.env, late=False),
        late_exports=containers.exports(service, profile, offer.env, late=True),
        secret_exports=containers.secret_exports(profile, secrets),
        bash=kind.scripts,
        origin=service.origin,
        waits=waits_for(service),
        keeps_data=keeps_data,
        directories=used,
        config=config is not None,
        binds=containers.binds(service, used, offer.binds, config, offer.writes_tmp),
        scratch=scratch,
        unpacks=profile.program.upper() if unpacked else "",
        leftovers=leftovers(keeps_data, scratch, files),
        address=_address_library(service, profile),
        probe=service.readiness.probe or offer.probe or "",
        stable_for=service.readiness.stable_for,
        secrets=secrets,
    )


def identity(recipe: Recipe, entry: Entry) -> dict[str, Value]:
    """The values that every job begins with."""
    image = {"IMAGE": entry.image.path.bash} if entry.image else {}
    names = {"DEPLOYMENT": recipe.name, "NAME": entry.name}
    return {**names, "RUN_ROOT": recipe.profile.run_root.bash, **image}


def title(entry: Entry, what: str) -> str:
    """The first comment of a job."""
    return f"{entry.name}: {what}."


def secret_files(secrets: Iterable[Secret]) -> dict[str, Value]:
    """Where the secrets that are files of the user's are; the others lie in the run directory."""
    given = ((secret.variable, secret.reference.file) for secret in secrets)
    return {f"{variable}_FILE": file.bash for variable, file in given if file}


def command_value(entry: Entry, command: tuple[Argument, ...], *, late: bool) -> dict[str, Value]:
    """The value COMMAND, where it is late, or where it is not."""
    is_so = any(is_late(argument) for argument in command)
    return {"COMMAND": bash_words(entry, command)} if is_so == late else {}


def _command(service: Service, offer: ServiceOffer) -> tuple[Argument, ...]:
    own = service.command if service.command is not None else offer.command
    return (*own, *service.args)


def _address(service: Service, profile: Profile) -> dict[str, Value]:
    if service.expose == "job":
        return {"IP": "127.0.0.1"}
    return {"INTERFACE": profile.interface} if profile.interface else {}


def _address_library(service: Service, profile: Profile) -> str:
    if service.expose == "job":
        return ""
    return "address-of-interface" if profile.interface else "address-of-node"


def _probed(service: Service) -> dict[str, Value]:
    expected = service.readiness.expected
    if service.readiness.probe not in _PROBED:
        return {}
    value = tuple(expected) if isinstance(expected, list) else str(expected)
    return {_PROBED[service.readiness.probe]: value}


def leftovers(keeps_data: bool, scratch: bool, files: bool) -> tuple[Bash, ...]:
    """What a job removes once the service has stopped: its hold on data, and copies."""
    found = [
        (keeps_data, '"${DATA}/.owner/${SLURM_JOB_ID}".*'),
        (scratch, '"${SCRATCH:-}"'),
        (files, '"${HERE}/etc/secrets"'),
    ]
    return tuple(Bash(path) for wanted, path in found if wanted)


def _stable(service: Service) -> dict[str, Value]:
    seconds = service.readiness.stable_for
    return {"STABLE_FOR": seconds} if seconds else {}


def _tunnel(service: Service, profile: Profile) -> Bash:
    """The ssh command up to its -NL; a service on loopback is reached through its own node."""
    host = profile.login_host or "${SLURM_SUBMIT_HOST:-login}"
    port = profile.login_port
    if service.expose == "job":
        jump = f"${{USER}}@{host}" + (f":{port}" if port != 22 else "")
        return Bash(f'"ssh -J {jump} ${{USER}}@${{HOSTNAME}}"')
    option = f"-p {port} " if port != 22 else ""
    return Bash(f'"ssh {option}${{USER}}@{host}"')
