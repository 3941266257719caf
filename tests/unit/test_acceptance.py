"""The fast judge accepts nothing that jsonschema refuses, and everything that is right."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hpcgen import schema
from hpcgen.clusters import built_in
from hpcgen.load import load
from hpcgen.model.kind import kinds
from hpcgen.schema.acceptance import acceptance
from hpcgen.schema.validator import accepts

PROJECT = Path(__file__).parent.parent.parent
PROFILES = [
    *sorted((PROJECT / "generator" / "hpcgen" / "clusters").glob("*.yaml")),
    *sorted((PROJECT / "tests" / "profiles").glob("*.yaml")),
]
RECIPES = [
    *sorted((PROJECT / "recipes").glob("*.yaml")),
    *sorted(case for kind in kinds().values() for case in kind.folder.glob("cases/*.yaml")),
]
AWKWARD: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 0.5, 10**12, float("nan"), "", "x", "1", "a\n", "redis\n",
    "none", "x" * 5000, "1gb", "02:00:00", [], [1, 1], ["a", "a"], ["a"], [{}], {}, {"file": "/a"},
    {"file": "/a", "generate": True}, {"generate": 1}, {"port": "port"}, {"é": "a"}, {"A\n": "a"},
]  # fmt: skip


def correct() -> Iterator[tuple[str, schema.Schema, Any]]:
    """Everything that is right: what it is, its schema, and the value."""
    for path in PROFILES:
        yield path.name, schema.read("cluster"), load(path).data
    for path in RECIPES:
        data = load(path).data
        yield path.name, schema.read("recipe"), data
        for entry in (*data.get("services", {}).values(), *data.get("clients", {}).values()):
            yield f"{path.name} {entry['kind']}", kinds()[entry["kind"]].schema, entry


CORRECT = list(correct())


def test_every_profile_and_kind_is_among_them() -> None:
    assert {path.stem for path in PROFILES} >= set(built_in())
    assert {name.split()[-1] for name, _, _ in CORRECT} >= set(kinds())


@pytest.mark.parametrize(("rules", "value"), [case[1:] for case in CORRECT], ids=lambda _: "")
def test_what_is_right_never_needs_jsonschema(rules: schema.Schema, value: object) -> None:
    assert accepts(rules, value)
    assert acceptance(rules)(value)


def test_what_it_accepts_jsonschema_accepts() -> None:
    chance = random.Random(0)
    verdicts = []
    for _, rules, value in CORRECT:
        judge = acceptance(rules)
        for _ in range(60):
            changed = altered(value, chance)
            verdicts.append((judge(changed), accepts(rules, changed)))
            assert verdicts[-1] != (True, False), changed
    assert verdicts.count((True, True)) > 100
    assert verdicts.count((False, False)) > 1000


def altered(value: Any, chance: random.Random) -> Any:
    """A copy in which one value, at any depth, is another, missing, or has a new neighbour."""
    copy = deepcopy(value)
    place, key = chance.choice(list(places(copy)))
    what = chance.randrange(8)
    if what == 0:
        del place[key]
    elif what == 1 and isinstance(place, dict):
        place[chance.choice(["", "x", "a\n", "kind", "env", "nodes"])] = chance.choice(AWKWARD)
    else:
        place[key] = chance.choice(AWKWARD)
    return copy


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value: what holds it, and its key there."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in children:
        yield value, key
        if isinstance(child, dict | list):
            yield from places(child)


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "string", "format": "date"},
        {"not": {"type": "string"}},
        {"if": {"minLength": 3}, "then": False},
        {"allOf": [{"oneOf": [{}]}]},
        {"$ref": "#/$defs/unknown"},
        {"$ref": "https://example.org/schema#/$defs/name"},
    ],
)  # fmt: skip
def test_a_keyword_that_it_does_not_know_accepts_nothing(rules: schema.Schema) -> None:
    assert not any(acceptance(rules)(value) for value in ("text", {"a": 1}))


def test_true_is_not_one() -> None:
    assert not acceptance({"const": True})(1)
    assert not acceptance({"enum": [1]})(True)
    assert not acceptance({"type": "integer"})(True)
    assert not acceptance({"type": "integer"})(1.0)


def test_a_final_newline_is_part_of_the_text() -> None:
    assert acceptance({"pattern": "^[a-z]+$"})("a")
    assert not acceptance({"pattern": "^[a-z]+$"})("a\n")
