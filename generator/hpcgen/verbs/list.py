"""`hpcgen list`: the kinds and clusters that recipes can name."""

from __future__ import annotations

import json

from hpcgen.verbs.exit_status import OK
from hpcgen.verbs.parser import Options, Parser, Verbs, declare, terminal_columns

_EXAMPLES = """\
  hpcgen list services                               the kinds of services
  hpcgen list clusters --format json                 the built-in cluster profiles, for a program
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "list the kinds of services, clients and balancers, or the built-in clusters"
    parser = declare(verbs, "list", run, summary, _EXAMPLES)
    parser.add_argument("what", choices=("services", "clients", "balancers", "clusters"))
    parser.add_argument("--format", choices=("text", "json"), default="text",
                        help="how it is printed (default: text)")  # fmt: skip


def run(options: Options) -> int:
    """Print a line for each: its name, and what it is."""
    from hpcgen.text.table import aligned

    rows = _clusters() if options.what == "clusters" else _kinds(options.what.removesuffix("s"))
    if options.format == "json":
        print(json.dumps({options.what: rows}, indent=2, ensure_ascii=False))
    else:
        print(aligned([tuple(row.values()) for row in rows], within=terminal_columns()), end="")
    return OK


def _kinds(role: str) -> list[dict[str, str]]:
    from hpcgen.balancers import balancers
    from hpcgen.model.kind import kinds

    listed = {**kinds(), **(balancers() if role == "balancer" else {})}
    return [
        {"name": name, "description": kind.schema["description"]}
        for name, kind in listed.items()
        if kind.role == role
    ]


def _clusters() -> list[dict[str, str]]:
    from pathlib import Path

    from hpcgen.clusters import built_in
    from hpcgen.resolve import profiles

    loaded = (profiles.load_profile(name, Path(), None) for name in built_in())
    return [
        {
            "name": profile.name,
            "runtime": profile.program,
            "tried": _TRIED[profile.tried],
            "description": profile.title,
        }
        for profile in loaded
    ]


_TRIED = {
    "run": "run",
    "rendered": "rendered, never run there",
}
