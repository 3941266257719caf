"""The programs that travel in a bundle: one file in the folder of a kind, and what several share.

A kind's own program is a file such as `benchmark.py` beside its schema. What more than one program
needs lies once in `templates/programs/`, and travels beside it: the container sees both in
/bundle, so that a plain `import measuring` finds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from hpcgen.kinds import Kind
from hpcgen.shell import Value


def program(kind: Kind, name: str, *shared: str) -> Mapping[str, str]:
    """The files of an offer: `name` of the kind's folder, and those of `templates/programs/`."""
    own = (kind.folder / name).read_text(encoding="utf-8")
    return {name: own, **{each: _shared(each) for each in shared}}


def digests(carried: Mapping[str, str]) -> dict[str, Value]:
    """The value FILES: the SHA-256 of each file that a job reads of the bundle, by its name."""
    sums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in carried.items()}
    return {"FILES": sums} if sums else {}


@cache
def _shared(name: str) -> str:
    path = files("hpcgen.templates").joinpath("programs", name)
    return path.read_text(encoding="utf-8")
