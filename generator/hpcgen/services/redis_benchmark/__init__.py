"""redis-benchmark: rounds of redis-benchmark against a Redis server."""

from __future__ import annotations

import json

from hpcgen.kinds.arguments import argument_words
from hpcgen.kinds.offer import ClientOffer
from hpcgen.kinds.overrides import override
from hpcgen.kinds.passwords import credential
from hpcgen.model.entry import Client
from hpcgen.text import units

_OPTIONS = {"clients": "-c", "data_size": "-d", "pipeline": "-P", "requests": "-n"}


def offer(client: Client) -> ClientOffer:
    """One round, or rounds until the duration is over; the job's time limit bounds one round."""
    settings = client.settings
    overrides = {flag: override(client, name) for name, flag in _OPTIONS.items()}
    options = [word for flag, in_force in overrides.items() for word in (flag, in_force.argument)]
    words = (*options, "-t", ",".join(settings["tests"]), *client.args)
    return ClientOffer(
        title="redis-benchmark",
        library=("progress",),
        values={
            "TARGET": client.target_name,
            "BENCHMARK": argument_words(client, words),
            "DURATION": client.duration or units.walltime(client.resources["time"]),
            "REPEAT": int(client.duration is not None),
            "TESTS": json.dumps(settings["tests"]),
        },
        overrides=tuple(overrides.values()),
        lasts=client.duration or 0,
        secrets=credential(client, "password"),
    )
