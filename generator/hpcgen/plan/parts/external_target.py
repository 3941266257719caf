"""How a client reaches a server that is no service of its recipe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hpcgen.kinds.offer import ClientOffer
from hpcgen.model.entry import Client
from hpcgen.model.kind import kinds
from hpcgen.text import shell
from hpcgen.text.shell import Bash, Value

_PLAIN = Bash(
    'export HPCGEN_TARGET_HOST="${host}" HPCGEN_TARGET_PORT="${port}" HPCGEN_TARGET_URL="${url}"'
)
"""For a client of any program, which knows what it talks to."""

_EXPORT = re.compile(r"^ *export (.*)$", re.MULTILINE)
_NAME = re.compile(r"(?<!\\S)([A-Z][A-Z0-9_]*)=")


def attaches(client: Client, offer: ClientOffer) -> bool:
    """Whether the job waits for such a server, and sets its variables."""
    return client.endpoint is not None and offer.reaches


def patience(client: Client, offer: ClientOffer) -> int:
    """The seconds for which the job waits for it; 0 where it does not."""
    return client.endpoint.timeout if client.endpoint and offer.reaches else 0


def address(client: Client) -> dict[str, Value]:
    """The values TARGET_HOST and TARGET_PORT; none where it has no such server."""
    server = client.endpoint
    return {"TARGET_HOST": server.host, "TARGET_PORT": server.port} if server else {}


def lines(client: Client, offer: ClientOffer) -> tuple[Bash, ...]:
    """The bash that sets the variables by which its program finds the server."""
    connect = _connect(client)
    return (
        *_named(offer, connect),
        *(Bash(line) for line in connect.split("\n")),
    )


def variables(client: Client) -> tuple[str, ...]:
    """Those variables, as the bash that exports them names them."""
    return tuple(name for line in _EXPORT.findall(_connect(client)) for name in _NAME.findall(line))


def _connect(client: Client) -> Bash:
    """What the connection file of the first kind that it may target does; they agree."""
    targets = client.kind.targets
    return kinds()[targets[0]].scripts["connect"] if targets else _PLAIN


def _named(offer: ClientOffer, connect: Bash) -> Iterator[Bash]:
    """What it needs by the names that a connection file has for it."""
    secret = offer.secrets[0].value if offer.secrets else Bash("''")
    known = {
        "host": Bash("${TARGET_HOST}"),
        "port": Bash("${TARGET_PORT}"),
        "url": Bash("http://${TARGET_HOST}:${TARGET_PORT}"),
        "secret": secret,
        **{name: shell.word(value) for name, value in offer.facts.items()},
    }
    for name, value in known.items():
        if f"${{{name}}}" in connect:
            yield Bash(f"{name}={value}")
