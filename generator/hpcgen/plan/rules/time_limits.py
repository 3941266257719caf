"""Whether a job is given the time that its clients are told to take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.kinds.offer import ClientOffer
from hpcgen.model.entry import Client
from hpcgen.model.stopping import Stopping
from hpcgen.text import units


def outlasted(
    clients: Iterable[tuple[Client, ClientOffer]], stopping: Stopping
) -> Iterator[Diagnostic]:
    """HG433: a client that lasts until its job is asked to stop, or its target's, or longer."""
    for client, offer in clients:
        yield from _outlasts_its_target(client, offer, stopping)
        limit = client.resources["time"]
        if offer.lasts and offer.lasts + stopping.signal >= units.walltime(limit):
            least = units.as_walltime(offer.lasts + stopping.signal + 1)
            message = f"`{client.name}` lasts {offer.lasts} s, and its job has {limit}"
            message += f", of which it needs {stopping.signal} s to stop"
            hint = f"give at least {least}, and time to wait for its service beside it"
            yield Diagnostic("HG433", message, client.origins.get("time", client.origin), hint)


def _outlasts_its_target(
    client: Client, offer: ClientOffer, stopping: Stopping
) -> Iterator[Diagnostic]:
    target = client.target
    limit = target.resources.get("time") if target else None
    if target and limit and offer.lasts + stopping.signal >= units.walltime(limit) and offer.lasts:
        message = (
            f"`{client.name}` lasts {offer.lasts} s, and its target `{target.name}` has {limit}"
        )
        least = units.as_walltime(offer.lasts + stopping.signal + 1)
        hint = f"give `{target.name}` at least {least}, and time to wait for the client beside it"
        yield Diagnostic("HG433", message, target.origins.get("time", target.origin), hint)
