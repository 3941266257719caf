"""The page of cluster profiles: every fact, and every built-in profile with its sources."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from hpcgen import schema
from hpcgen.clusters import built_in
from hpcgen.load import load_text
from hpcgen.reference.fields import table, with_own_definitions

_CONFIDENCE = {
    "A": "read in the site's documentation, or tried",
    "B": "derived from it",
    "C": "assumed",
}


def page() -> str:
    """The page."""
    profile = schema.read("cluster")
    profile = with_own_definitions(profile, profile["$defs"])
    sections = ["# Cluster profiles\n", f"{profile['description']}\n", "## Facts\n", table(profile)]
    sections += ["## Built-in profiles\n"]
    for name in built_in():
        sections += _profile(name)
    return "\n".join(sections)


def _profile(name: str) -> Iterator[str]:
    data = load_text(name, (files("hpcgen") / "clusters" / f"{name}.yaml").read_bytes()).data
    yield f"### {name}\n"
    yield f"{data['title']}. Scripts for it have been {_tried(data)}.\n"
    rows = [(_facts(entry), entry["source"], entry["confidence"]) for entry in data["provenance"]]
    lines = [("Facts", "Source", "Confidence"), ("---", "---", "---"), *rows]
    yield "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _tried(data: Any) -> str:
    return "run on it" if data.get("tried") == "run" else "rendered, and never run there"


def _facts(entry: Any) -> str:
    return ", ".join(f"`{fact}`" for fact in entry["facts"])
