"""redis-benchmark: rounds of redis-benchmark against a Redis server."""

from __future__ import annotations

import json

from hpcgen import units
from hpcgen.offer import ClientOffer
from hpcgen.recipe import Client
from hpcgen.words import bash_words

_OPTIONS = {"clients": "-c", "data_size": "-d", "pipeline": "-P", "requests": "-n"}


def offer(client: Client) -> ClientOffer:
    """One round, or rounds until the duration is over; the job's time limit bounds one round."""
    settings = client.settings
    options = [word for name, flag in _OPTIONS.items() for word in (flag, str(settings[name]))]
    args = bash_words(client, client.args)
    return ClientOffer(
        title="redis-benchmark",
        values={
            "TARGET": client.target.name if client.target else "",
            "BENCHMARK": (*options, "-t", ",".join(settings["tests"]), *args),
            "DURATION": client.duration or units.walltime(client.resources["time"]),
            "REPEAT": int(client.duration is not None),
            "PARAMETERS": json.dumps(
                {name: settings[name] for name in sorted((*_OPTIONS, "tests"))}
            ),
        },
    )
