"""How a client reaches a server that is no service of its recipe."""

from __future__ import annotations

from typing import Any

from hpcgen.kinds.offer import ClientOffer, ConnectionScript
from hpcgen.model.entry import Client
from hpcgen.model.kind import kinds
from hpcgen.text.values import Value, Variable, joined

_HOST, _PORT = Variable("TARGET_HOST"), Variable("TARGET_PORT")
_ANY_PROGRAM = ConnectionScript(
    exports=("HPCGEN_TARGET_HOST", "HPCGEN_TARGET_PORT", "HPCGEN_TARGET_URL"),
    reads=("host", "port", "url"),
)
"""For a client of any program, which knows what it talks to."""


def attaches(client: Client, offer: ClientOffer) -> bool:
    """Whether the job waits for such a server, and sets its variables."""
    return client.endpoint is not None and offer.reaches


def patience(client: Client, offer: ClientOffer) -> int:
    """The seconds for which the job waits for it; 0 where it does not."""
    return client.endpoint.timeout if client.endpoint and offer.reaches else 0


def address(client: Client, offer: ClientOffer) -> dict[str, Value]:
    """The values TARGET_HOST and TARGET_PORT; none where it has no such server."""
    server = client.endpoint if offer.reaches else None
    return {"TARGET_HOST": server.host, "TARGET_PORT": server.port} if server else {}


def script(client: Client) -> ConnectionScript:
    """The connection script of the first kind that it may target: what it sets and reads."""
    targets = client.kind.targets
    return kinds()[targets[0]].module.CONNECTION if targets else _ANY_PROGRAM


def fields(client: Client, offer: ClientOffer) -> dict[str, Any]:
    """The fields of `ClientPart` that say how the server is reached; none where it is not."""
    if not attaches(client, offer):
        return {}
    targets = client.kind.targets
    return {
        "endpoint": client.endpoint,
        "connect": _read(offer, script(client)),
        "connect_script": kinds()[targets[0]].scripts["connect"] if targets else None,
    }


def _read(offer: ClientOffer, connect: ConnectionScript) -> dict[str, Value]:
    """What the connection script reads, by name."""
    values: dict[str, Value] = {
        "host": _HOST,
        "port": _PORT,
        "url": joined("http://", _HOST, ":", _PORT),
        "secret": offer.secrets[0].value if offer.secrets else "",
        **offer.facts,
    }
    return {name: value for name, value in values.items() if name in connect.reads}
