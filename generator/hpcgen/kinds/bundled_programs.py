"""The programs that are part of a bundle: one file in the folder of a kind, and shared modules.

A kind's program is a file such as `benchmark.py` beside its schema. Modules that several programs
need are in `templates/programs/`. The container sees both in /bundle, so that a plain
`import measuring` finds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from hpcgen.kinds.offer import ClientOffer
from hpcgen.kinds.overrides import Override, override
from hpcgen.model.entry import Client
from hpcgen.model.kind import Kind
from hpcgen.model.references import Argument, Reference
from hpcgen.text import units
from hpcgen.text.values import Value

LIST = "files.sha256"
"""The list of a bundle folder's files and digests, of which a job knows only the digest."""

_SLACK = 60
"""Seconds after its duration at which a program that still runs is ended."""


def measurement(client: Client, settings: Sequence[str], *shared: str) -> ClientOffer:
    """The offer of a client whose `benchmark.py` measures its target, and leaves result.json.

    `settings` are the fields that are options of the program, as `batch_size` is --batch-size; an
    override applies to them. The recipe's `args` follow them. `shared` are files of
    `templates/programs/` that it needs beside measuring.py and progress.py.
    """
    most = client.duration + _SLACK if client.duration else units.walltime(client.resources["time"])
    settable = {name: override(client, name) for name in settings if _is_settable(client, name)}
    return ClientOffer(
        title=client.kind.name,
        runs_command=True,
        command=("python3", "/bundle/benchmark.py", *_options(client, settings, settable)),
        overrides=tuple(settable.values()),
        files=program(client.kind, "benchmark.py", "measuring.py", "progress.py", *shared),
        directories=frozenset({"results"}),
        values={"LIMIT": most},
        lasts=client.duration or 0,
    )


def _is_settable(client: Client, name: str) -> bool:
    return "x-override" in client.kind.schema["properties"].get(name, {})


def _options(
    client: Client, settings: Iterable[str], settable: Mapping[str, Override]
) -> Iterator[Argument]:
    yield from ("--client", client.name, "--target", client.target_name)
    yield from ("--job-id", Reference("slurm", "job_id", client.origin))
    if client.duration:
        yield from ("--duration", str(client.duration))
    for name in settings:
        value = settable[name].argument if name in settable else str(client.settings[name])
        yield from (f"--{name.replace('_', '-')}", value)


def program(kind: Kind, name: str, *shared: str) -> Mapping[str, str]:
    """The files of an offer: `name` of the kind's folder, and those of `templates/programs/`."""
    text = (kind.folder / name).read_text(encoding="utf-8")
    return {name: text, **{file: _shared_program(file) for file in shared}}


def library(*names: str) -> Mapping[str, str]:
    """Files of `templates/lib/`, for a bash program that sources them."""
    folder = files("hpcgen.templates").joinpath("lib")
    return {name: folder.joinpath(name).read_text(encoding="utf-8") for name in names}


def digests(carried: Mapping[str, str]) -> dict[str, Value]:
    """The value FILES: the SHA-256 of each of the bundle's files that a job reads, by name."""
    sums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in carried.items()}
    return {"FILES": sums} if sums else {}


def with_digest_list(carried: Mapping[str, str]) -> Mapping[str, str]:
    """`carried`, and files.sha256, which lists their digests as sha256sum prints them."""
    lines = (f"{hashlib.sha256(t.encode()).hexdigest()}  {name}\n" for name, t in carried.items())
    return {**carried, LIST: "".join(lines)}


@cache
def _shared_program(name: str) -> str:
    path = files("hpcgen.templates").joinpath("programs", name)
    return path.read_text(encoding="utf-8")
