"""A client as its job runs it: its offer and its recipe entry, put together."""

from __future__ import annotations

from collections.abc import Mapping

from hpcgen.kinds.bundled_programs import digests
from hpcgen.kinds.offer import ClientOffer, ServiceOffer
from hpcgen.kinds.overrides import override_values
from hpcgen.model.entry import Client
from hpcgen.model.recipe import Recipe
from hpcgen.plan.connection import connection
from hpcgen.plan.parts import external_target
from hpcgen.plan.parts.container import Container, contain
from hpcgen.plan.parts.entry_part import (
    command_value,
    common_fields,
    first_values,
    overrides_in_force,
)
from hpcgen.plan.parts.part import ClientPart
from hpcgen.plan.parts.program import Program
from hpcgen.plan.wait_timeouts import wait_timeout
from hpcgen.resolve.names import talks_to, waits_for
from hpcgen.text import units
from hpcgen.text.values import Value, Variable

_NODES = Variable("SLURM_JOB_NUM_NODES", "")
_EACH_NODE = (
    *("srun", "--overlap", "--nodes", _NODES, "--ntasks", _NODES, "--ntasks-per-node", "1"),
    *("--cpus-per-task", "1"),
)
"""What makes and removes the directory that each node of the job has of its own."""


def client_part(
    recipe: Recipe,
    client: Client,
    offer: ClientOffer,
    offers: Mapping[str, ServiceOffer],
    patience: Mapping[str, int],
) -> ClientPart:
    """One client."""
    passed = _passed(client, offer, offers)
    program = Program(client, offer, recipe.profile)
    container = contain(program, passed)
    command = (*(client.command or offer.command), *client.args)
    overrides = overrides_in_force(client, offer)
    return ClientPart(
        **common_fields(program, container),
        **external_target.fields(client, offer),
        values={
            **first_values(recipe, client, container),
            **override_values(overrides),
            **wait_timeout(client, patience, external_target.patience(client, offer)),
            **external_target.address(client, offer),
            **(command_value(client, command, late=False) if offer.runs_command else {}),
            **_before_the_program(client, offer, container),
            **({"INTERFACE": recipe.profile.interface or ""} if offer.listens else {}),
            **offer.values,
            **digests(offer.files),
        },
        late_values={
            **(command_value(client, command, late=True) if offer.runs_command else {}),
            **offer.late_values,
        },
        overrides=overrides,
        waits=waits_for(client),
        watches=_watches(recipe, client),
        passed=passed,
        in_steps=offer.on_each_node,
        mark=offer.mark,
        library=offer.library,
        checks=offer.checks,
    )


def _watches(recipe: Recipe, client: Client) -> tuple[str, ...]:
    """What it talks to in other jobs; its own job ends with the services that it has."""
    services = recipe.services
    at_home = {service.name for service in services if service.job and service.job is client.job}
    return tuple(name for name in talks_to(client) if name not in at_home)


def _before_the_program(
    client: Client, offer: ClientOffer, container: Container
) -> dict[str, Value]:
    """What is needed before the program starts: a step on each node, and for how long."""
    on_each_node = offer.on_each_node and (container.scratch or client.setup)
    limit = client.duration or units.walltime(client.resources["time"])
    return {
        **({"EACH_NODE": _EACH_NODE} if on_each_node else {}),
        **({"SETUP_LIMIT": limit} if client.setup else {}),
    }


def _passed(
    client: Client, offer: ClientOffer, offers: Mapping[str, ServiceOffer]
) -> tuple[str, ...]:
    """The variables of the target's connection file that must be passed on to a container."""
    if client.image is None or not offer.runs_command:
        return ()
    if external_target.attaches(client, offer):
        return external_target.script(client).exports
    if client.target is None:
        return ()
    return connection(client.target, offers[client.target.name]).variables
