"""Time limits: long enough to stop in order, and to do what the job is for."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.kinds.offer import ClientOffer
from hpcgen.model.entry import Client
from hpcgen.model.stopping import Stopping
from hpcgen.plan.rules.situation import Situation
from hpcgen.text import units


@finds("HG401")
def too_short_to_stop(situation: Situation) -> Iterator[Diagnostic]:
    """A time limit that is mostly taken up by the stopping of its job."""
    stopping = situation.stopping
    least = units.as_walltime(stopping.least_time)
    for submission in situation.with_rows.submissions:
        if units.walltime(submission.resources["time"]) < stopping.least_time:
            message = f"the time limit of `{submission.name}` is too short to stop in order"
            hint = f"Slurm asks it to stop {stopping.signal} s before the end"
            span = submission.origins["time"]
            yield Diagnostic("HG401", message, span, f"{hint}; give at least {least}")


@finds("HG433")
def clients_that_outlast_their_job(situation: Situation) -> Iterator[Diagnostic]:
    """A client that lasts until its job or its target's is asked to stop, or longer."""
    for client in situation.recipe.clients:
        yield from outlasted(client, situation.client_offers[client.name], situation.stopping)


def outlasted(client: Client, offer: ClientOffer, stopping: Stopping) -> Iterator[Diagnostic]:
    """HG433 for one client, where its offer says how long it lasts."""
    if not offer.lasts:
        return
    needed = offer.lasts + stopping.signal
    least = units.as_walltime(needed + 1)
    lasts, target = f"`{client.name}` lasts {offer.lasts} s", client.target
    if target and "time" in target.resources:
        limit = target.resources["time"]
        if needed >= units.walltime(limit):
            message = f"{lasts}, and its target `{target.name}` has {limit}"
            hint = f"give `{target.name}` at least {least}"
            hint += ", and time to wait for the client beside it"
            yield Diagnostic("HG433", message, target.origins.get("time", target.origin), hint)
    limit = client.resources["time"]
    if needed >= units.walltime(limit):
        message = f"{lasts}, and its job has {limit}, of which it needs {stopping.signal} s to stop"
        hint = f"give at least {least}, and time to wait for its service beside it"
        yield Diagnostic("HG433", message, client.origins.get("time", client.origin), hint)
