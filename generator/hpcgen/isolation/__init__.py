"""The variables that a script must not inherit from the shell that starts it, with sources.

A login shell exports some of these variables for its own use, and a batch job starts with all of
them. Every script, and every connection file, begins anew without them (fragments/isolate.j2).
"""

from __future__ import annotations

import textwrap

from hpcgen.isolation.bash import BASH
from hpcgen.isolation.libc import LIBC
from hpcgen.isolation.obeyed import Obeyed
from hpcgen.isolation.slurm import SLURM
from hpcgen.isolation.tools import TOOLS
from hpcgen.text.values import Bash

OBEYED: tuple[Obeyed, ...] = (*SLURM, *BASH, *LIBC, *TOOLS)

_GROUPS = {
    "Slurm's commands": SLURM,
    "bash": BASH,
    "the C library, so every program": LIBC,
    "the tools below, and the container's runtime": TOOLS,
}
_WIDTH = 82


def branches() -> Bash:
    """Branches of a `case` that match every name of the list, in lines below 90 columns."""
    return Bash("\n".join(_branch(who, rows) for who, rows in _GROUPS.items()))


def _branch(who: str, rows: tuple[Obeyed, ...]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row.names))
    words = [f"{name} |" for name in names[:-1]] + [f"{names[-1]}) ;; # {who}"]
    text = " ".join(word.replace(" ", "\0") for word in words)
    lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "    " + " \\\n      ".join(lines).replace("\0", " ")
