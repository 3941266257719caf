"""The fields of a document, each with its place and the documents with another value of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from hpcgen import schema
from hpcgen.balancers import balancers
from hpcgen.model.kind import kinds
from hpcgen.provenance.alternatives import alternatives, resolved_rule, samples
from hpcgen.schema import Schema
from hpcgen.yaml.document import Document

Data = dict[str, Any]
Steps = tuple[str, ...]
Source = Literal["recipe", "profile"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the recipe, or a fact of the profile, with its place and its value.

    `line` is 0 if it is not written but has its default, and `value` is None if it has none.
    `source` is the source of a fact in the profile's `provenance`.
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
"""A field, and the documents in which only that field has another value."""


Words = Mapping[str, Iterable[str]]
"""The names that a cluster defines, by the resource that takes them: its partitions, its QOS."""


def fields_with_values(
    of: Source, data: Data, written: Document, words: Words
) -> Iterator[Candidate]:
    """Each field with a value in `data`, which is `written` with or without its defaults."""
    for steps, value in _leaves(data):
        rule = resolved_rule(_rule(of, data, steps))
        line = written.key_span(steps).line if written.has(steps) else 0
        source = _source(written, steps) if line and of == "profile" else ""
        field = Field(of, steps, value, line, rule.get("description", ""), source)
        others = (word for word in words.get(steps[-1], ()) if word != value)
        yield field, _documents(data, steps, chain(others, alternatives(value, rule)))


def fields_without_value(of: Source, data: Data) -> Iterator[Candidate]:
    """Each field that has neither a value nor a default."""
    for above, rules in _field_rules(of, data):
        for name in (name for name in rules if name not in _part(data, above)):
            steps, rule = (*above, name), resolved_rule(rules[name])
            field = Field(of, steps, None, 0, rule.get("description", ""))
            yield field, _documents(data, steps, samples(rule))


def _leaves(data: Data, above: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value != {"generate": True}:
            yield from _leaves(value, (*above, key))
        elif key not in ("cluster", "kind", "provenance"):
            yield (*above, key), value


def _source(profile: Document, steps: Steps) -> str:
    """The source of a fact, or of a mapping that contains it."""
    above = {".".join(steps[:length]) for length in range(1, len(steps) + 1)}
    entries = profile.data["provenance"]
    return next((str(entry["source"]) for entry in entries if above & {*entry["facts"]}), "")


def _rule(of: Source, data: Data, steps: Steps) -> Schema:
    """The schema of a field; empty for fields that no schema names, as in `env`."""
    above, rules = next(
        (above, rules) for above, rules in _field_rules(of, data) if steps[: len(above)] == above
    )
    rule: Schema = {"properties": rules}
    for step in steps[len(above) :]:
        rule = resolved_rule(rule).get("properties", {}).get(step, {})
    return rule


def _field_rules(of: Source, data: Data) -> Iterator[tuple[Steps, Mapping[str, Schema]]]:
    """The places whose fields a schema names, with these fields' rules; innermost first."""
    if of == "recipe":
        for section in ("services", "clients"):
            for name, entry in data.get(section, {}).items():
                if "balancer" in entry:
                    balancer = balancers()[entry["balancer"]["kind"]]
                    yield (section, name, "balancer"), balancer.schema["properties"]
                yield (section, name), kinds()[entry["kind"]].schema["properties"]
    yield (), schema.read("recipe" if of == "recipe" else "cluster")["properties"]


def _part(data: Data, steps: Steps) -> Data:
    for step in steps:
        data = data[step]
    return data


def _documents(data: Data, steps: Steps, values: Iterable[Any]) -> Iterator[Data]:
    return (_with_value(data, steps, value) for value in values)


def _with_value(data: Data, steps: Steps, value: Any) -> Data:
    key, *rest = steps
    return {**data, key: _with_value(data[key], tuple(rest), value) if rest else value}
