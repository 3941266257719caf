"""The job of a client: its offer and its recipe entry, put together."""

from __future__ import annotations

from collections.abc import Mapping

from hpcgen import containers
from hpcgen.connection import connection
from hpcgen.directives import directives
from hpcgen.job import Job
from hpcgen.names import waits_for
from hpcgen.offer import ClientOffer, ServiceOffer
from hpcgen.recipe import Client, Recipe, Service
from hpcgen.service_job import command_value, identity, leftovers, secret_files, title
from hpcgen.shell import Value
from hpcgen.stopping import Stopping

_SLACK = 60
"""Seconds that a service which has started may take beyond its own readiness timeout."""


def client_job(
    recipe: Recipe, client: Client, offer: ClientOffer, offers: Mapping[str, ServiceOffer]
) -> Job:
    """One client, in a job of its own."""
    profile = recipe.profile
    secrets = tuple(containers.entry_secrets(client))
    used = offer.directories | containers.directories(client)
    files = any(secret.file for secret in secrets)
    tmp = offer.writes_tmp and client.image is not None
    command = (*(client.command or ()), *client.args) if offer.runs_command else ()
    return Job(
        name=client.name,
        kind=client.kind.name,
        role="client",
        title=title(client, offer.title),
        description=client.description,
        template="client.sbatch.j2",
        directives=directives(recipe, client, Stopping.within(profile.kill_wait)),
        values={
            **identity(recipe, client),
            **_patience(recipe, client),
            **_container(recipe, client, offer),
            **(command_value(client, command, late=False) if offer.runs_command else {}),
            **secret_files(secrets),
            **offer.values,
        },
        late_values=command_value(client, command, late=True),
        exports=containers.exports(client, profile, {}, late=False),
        late_exports=containers.exports(client, profile, {}, late=True),
        secret_exports=containers.secret_exports(profile, secrets),
        runs_command=offer.runs_command,
        target_variables=_variables(client.target, offers),
        bash=client.kind.scripts,
        origin=client.origin,
        waits=waits_for(client),
        target=client.target.name if client.target else None,
        directories=used,
        config=files,
        binds=containers.binds(client, used, (), "/run/hpcgen" if files else None, tmp),
        scratch=tmp or "scratch" in used,
        leftovers=leftovers(False, tmp or "scratch" in used, files),
        secrets=secrets,
    )


def _patience(recipe: Recipe, client: Client) -> dict[str, Value]:
    """How long the client waits for the services that it needs: as long as they may take."""
    needed = [each for each in recipe.services if each.name in waits_for(client)]
    longest = max((each.readiness.timeout for each in needed), default=0)
    return {"READY_TIMEOUT": longest + _SLACK} if needed else {}


def _container(recipe: Recipe, client: Client, offer: ClientOffer) -> dict[str, Value]:
    if client.image is None:
        return {}
    runs_image = offer.runs_command and not client.command
    options = containers.container(client, recipe.profile, runs_image=runs_image, unpacked=False)
    return {"CONTAINER": options}


def _variables(target: Service | None, offers: Mapping[str, ServiceOffer]) -> tuple[str, ...]:
    return connection(target, offers[target.name]).variables if target else ()
