"""The sources of a profile's facts: every fact needs one.

An entry of `provenance` names facts by dotted paths, and covers everything below them: `qos` every
QOS, `qos.default.max_time` one number.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from hpcgen.diagnostics import Diagnostic
from hpcgen.yaml.document import Document

_NO_FACTS = ("name", "title", "provenance")


def facts_without_source(document: Document) -> Iterator[Diagnostic]:
    """HG210 for each fact without a source, or once for a mapping in which no fact has one."""
    sourced = _named_facts(document.data.get("provenance"))
    facts = {name: fact for name, fact in document.data.items() if name not in _NO_FACTS}
    for path in sorted(_paths_without_source(facts, (), sourced)):
        fact = ".".join(path)
        place = document.key_span(path)
        yield Diagnostic("HG210", f"`{fact}` has no source", place, "name it in `provenance:`")


def _named_facts(provenance: Any) -> set[str]:
    """Every named path; entries that the schema refuses are skipped."""
    entries = provenance if isinstance(provenance, list) else []
    groups = [entry.get("facts") for entry in entries if isinstance(entry, dict)]
    return {fact for group in groups if isinstance(group, list) for fact in map(str, group)}


def _paths_without_source(
    facts: Any, path: tuple[str, ...], sourced: Set[str]
) -> Iterator[tuple[str, ...]]:
    for name, fact in facts.items():
        here = (*path, str(name))
        if ".".join(here) in sourced:
            continue
        below = f"{'.'.join(here)}."
        if isinstance(fact, dict) and any(named.startswith(below) for named in sourced):
            yield from _paths_without_source(fact, here, sourced)
        else:
            yield here
