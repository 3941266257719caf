"""The fields of a document, each with its place and with the documents that it might have made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from hpcgen import schema
from hpcgen.model.kind import kinds
from hpcgen.provenance.alternatives import alternatives, followed, samples
from hpcgen.schema import Schema
from hpcgen.yaml.document import Document

Data = dict[str, Any]
Steps = tuple[str, ...]
Source = Literal["recipe", "profile"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the recipe, or a fact of the profile: where it stands, and what it says.

    `line` is 0 where it is not written but has its default, and `value` None where it has none.
    `source` is where a fact is from, as the profile says.
    """

    of: Source
    steps: Steps
    value: Any
    line: int
    description: str
    source: str = ""

    @property
    def path(self) -> str:
        """As `--set` takes it: services.cache.maxmemory."""
        return ".".join(self.steps)


Candidate = tuple[Field, Iterator[Data]]
"""A field, and the documents in which it alone is another."""


Words = Mapping[str, Iterable[str]]
"""What a cluster has names for, by the resource that takes them: its partitions, its QOS."""


def given(of: Source, data: Data, written: Document, words: Words) -> Iterator[Candidate]:
    """Each field that `data`, which is `written` with or without its defaults, gives a value."""
    for steps, value in _leaves(data):
        rule = followed(_rule(of, data, steps))
        line = written.key_span(steps).line if written.has(steps) else 0
        source = _source(written, steps) if line and of == "profile" else ""
        field = Field(of, steps, value, line, rule.get("description", ""), source)
        others = (word for word in words.get(steps[-1], ()) if word != value)
        yield field, _documents(data, steps, chain(others, alternatives(value, rule)))


def absent(of: Source, data: Data) -> Iterator[Candidate]:
    """Each field that has neither a value nor a default: of services and clients, or of all."""
    for above, known in _closed(of, data):
        for name in (name for name in known if name not in _at(data, above)):
            steps, rule = (*above, name), followed(known[name])
            field = Field(of, steps, None, 0, rule.get("description", ""))
            yield field, _documents(data, steps, samples(rule))


def _leaves(data: Data, above: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value != {"generate": True}:
            yield from _leaves(value, (*above, key))
        elif key not in ("cluster", "kind", "provenance"):
            yield (*above, key), value


def _source(profile: Document, steps: Steps) -> str:
    """What the profile's provenance says of a fact, or of what it is a part of."""
    above = {".".join(steps[:length]) for length in range(1, len(steps) + 1)}
    entries = profile.data["provenance"]
    return next((str(each["source"]) for each in entries if above & {*each["facts"]}), "")


def _rule(of: Source, data: Data, steps: Steps) -> Schema:
    """What the schemas say of a field; nothing where they name none, as in `env`."""
    above, known = next(
        (above, known) for above, known in _closed(of, data) if steps[: len(above)] == above
    )
    rule: Schema = {"properties": known}
    for step in steps[len(above) :]:
        rule = followed(rule).get("properties", {}).get(step, {})
    return rule


def _closed(of: Source, data: Data) -> Iterator[tuple[Steps, Mapping[str, Schema]]]:
    """Where a schema names every field, and these fields; the innermost places first."""
    if of == "recipe":
        for section in ("services", "clients"):
            for name, entry in data.get(section, {}).items():
                yield (section, name), kinds()[entry["kind"]].schema["properties"]
    yield (), schema.read("recipe" if of == "recipe" else "cluster")["properties"]


def _at(data: Data, steps: Steps) -> Data:
    for step in steps:
        data = data[step]
    return data


def _documents(data: Data, steps: Steps, values: Iterable[Any]) -> Iterator[Data]:
    return (_with(data, steps, value) for value in values)


def _with(data: Data, steps: Steps, value: Any) -> Data:
    key, *rest = steps
    return {**data, key: _with(data[key], tuple(rest), value) if rest else value}
