"""mysql-benchmark: rounds of short transactions against a MySQL server."""

from __future__ import annotations

from hpcgen.kinds.arguments import argument_words
from hpcgen.kinds.bundled_programs import program
from hpcgen.kinds.offer import ClientOffer
from hpcgen.kinds.overrides import override
from hpcgen.kinds.passwords import credential
from hpcgen.model.entry import Client
from hpcgen.text import units

_PARAMETERS = ("clients", "rows", "transactions")


def offer(client: Client) -> ClientOffer:
    """One round, or rounds until the duration is over; the job's time limit bounds one round."""
    return ClientOffer(
        title="transactions against a MySQL server",
        config="/run/hpcgen",
        files=program(client.kind, "load.sh"),
        secrets=credential(client, "password"),
        facts={name: client.settings[name] for name in ("user", "database")},
        library=("progress",),
        values={
            "TARGET": client.target_name,
            "OPTIONS": argument_words(client, client.args),
            "DURATION": client.duration or units.walltime(client.resources["time"]),
            "REPEAT": int(client.duration is not None),
        },
        overrides=tuple(override(client, name) for name in _PARAMETERS),
    )
