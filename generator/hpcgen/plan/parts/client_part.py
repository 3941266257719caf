"""A client as its job runs it: its offer and its recipe entry, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hpcgen.kinds.bundled_programs import digests
from hpcgen.kinds.offer import ClientOffer, ServiceOffer
from hpcgen.kinds.overrides import given
from hpcgen.model.entry import Client
from hpcgen.model.recipe import Recipe
from hpcgen.plan.connection import connection
from hpcgen.plan.parts import external_target
from hpcgen.plan.parts.container import Containment, contain
from hpcgen.plan.parts.entry_part import command_value, entry_part
from hpcgen.plan.parts.part import Part
from hpcgen.plan.wait_timeouts import wait_timeout
from hpcgen.resolve.names import talks_to, waits_for
from hpcgen.text import units
from hpcgen.text.shell import Bash, Value

_EACH_NODE = (
    *("srun", "--overlap", "--nodes", Bash('"${SLURM_JOB_NUM_NODES:-}"')),
    *("--ntasks", Bash('"${SLURM_JOB_NUM_NODES:-}"'), "--ntasks-per-node", "1"),
    *("--cpus-per-task", "1"),
)
"""What makes and removes the directory that each node of the job has of its own."""


def client_part(
    recipe: Recipe,
    client: Client,
    offer: ClientOffer,
    offers: Mapping[str, ServiceOffer],
    patience: Mapping[str, int],
) -> Part:
    """One client."""
    passed = _passed(client, offer, offers)
    containment = contain(client, offer, recipe.profile, passed)
    common = entry_part(recipe, client, offer, containment)
    attaches = external_target.attaches(client, offer)
    command = (*(client.command or offer.command), *client.args)
    values = {
        **common.values,
        **given(common.overrides),
        **wait_timeout(client, patience, external_target.patience(client, offer)),
        **(external_target.address(client) if attaches else {}),
        **(command_value(client, command, late=False) if offer.runs_command else {}),
        **_beforehand(client, offer, containment),
        **({"INTERFACE": recipe.profile.interface or ""} if offer.listens else {}),
        **offer.values,
        **digests(offer.files),
    }
    return replace(
        common,
        values=values,
        late_values={
            **(command_value(client, command, late=True) if offer.runs_command else {}),
            **offer.late_values,
        },
        waits=waits_for(client),
        watches=_watches(recipe, client),
        attaches=external_target.lines(client, offer) if attaches else (),
        passed=passed,
        in_steps=offer.on_each_node,
        mark=offer.mark,
        library=offer.library,
        checks=offer.checks,
    )


def _watches(recipe: Recipe, client: Client) -> tuple[str, ...]:
    """What it talks to in other jobs; its own job ends with the services that it has."""
    at_home = {each.name for each in recipe.services if each.job and each.job is client.job}
    return tuple(name for name in talks_to(client) if name not in at_home)


def _beforehand(client: Client, offer: ClientOffer, containment: Containment) -> dict[str, Value]:
    """What is needed for what happens before the program starts: on each node, and for how long."""
    each = offer.on_each_node and (containment.scratch or client.setup)
    limit = client.duration or units.walltime(client.resources["time"])
    return {
        **({"EACH_NODE": _EACH_NODE} if each else {}),
        **({"SETUP_LIMIT": limit} if client.setup else {}),
    }


def _passed(
    client: Client, offer: ClientOffer, offers: Mapping[str, ServiceOffer]
) -> tuple[str, ...]:
    """The variables of the target's connection file that must be passed on to a container."""
    if client.image is None or not offer.runs_command:
        return ()
    if external_target.attaches(client, offer):
        return external_target.variables(client)
    if client.target is None:
        return ()
    return connection(client.target, offers[client.target.name]).variables
