"""Where a profile's facts come from: no fact without a source.

An entry of `provenance` names facts by dotted paths, and speaks for everything below them:
`qos` for every QOS, `qos.default.max_time` for one number.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from hpcgen.diagnostics import Diagnostic
from hpcgen.yaml.document import Document

_NO_FACTS = ("name", "title", "provenance")


def unsourced(document: Document) -> Iterator[Diagnostic]:
    """HG210 for each fact without a source; for what it is part of, where all of that has none."""
    sourced = _named(document.data.get("provenance"))
    facts = {name: fact for name, fact in document.data.items() if name not in _NO_FACTS}
    for path in sorted(_bare(facts, (), sourced)):
        fact = ".".join(path)
        place = document.key_span(path)
        yield Diagnostic("HG210", f"`{fact}` has no source", place, "name it in `provenance:`")


def _named(provenance: Any) -> set[str]:
    """Every path that is named; what the schema refuses elsewhere is passed over."""
    entries = provenance if isinstance(provenance, list) else []
    groups = [entry.get("facts") for entry in entries if isinstance(entry, dict)]
    return {fact for group in groups if isinstance(group, list) for fact in map(str, group)}


def _bare(facts: Any, path: tuple[str, ...], sourced: Set[str]) -> Iterator[tuple[str, ...]]:
    for name, fact in facts.items():
        here = (*path, str(name))
        if ".".join(here) in sourced:
            continue
        if isinstance(fact, dict) and any(
            each.startswith(f"{'.'.join(here)}.") for each in sourced
        ):
            yield from _bare(fact, here, sourced)
        else:
            yield here
