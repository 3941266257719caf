"""The runbook's diagram is one that Mermaid reads, and that shows what the bundle runs.

Mermaid itself reads it, as the sites do that show a runbook: `tests/npm` installs it once.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hpcgen.load import load, load_text
from hpcgen.plan import Plan, plan
from hpcgen.render import render
from hpcgen.resolve import resolve
from hpcgen.validate import validate
from hpcgen.yaml.document import Document

from tests.kind_cases import CASES, PROJECT

MERMAID = Path(__file__).with_name("mermaid")
NPM = Path(__file__).with_name("npm")
LACKS = subprocess.run([NPM, "check"], check=False, capture_output=True, text=True).stderr
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORDS = (
    *("end", "subgraph", "graph", "flowchart", "click", "default", "class", "style", "classdef"),
    *("linkstyle", "direction", "call", "href", "lr", "td", "o", "x", "part1", "job1", "title"),
    *("o--x", "x---o", "a--", "constructor", "prototype", "v"),
)
LINE = ']"]:::x %% --> end ```mermaid {a} <b> #quot; é'

needs_mermaid = pytest.mark.skipif(bool(LACKS), reason=f"to read a diagram, {LACKS.strip()}")


def shown(diagrams: Iterable[str]) -> list[dict[str, Any]]:
    """What Mermaid makes of each of the diagrams."""
    texts = json.dumps(list(diagrams))
    done = subprocess.run(
        [NPM, "run", MERMAID], input=texts, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    read: list[dict[str, Any]] = json.loads(done.stdout)
    return read


def planned(document: Document) -> Plan:
    return plan(resolve(validate(document), PROJECT))


def runbook(of: Plan) -> str:
    return next(file.content for file in render(of) if file.path == "README.md")


def recipe(**sections: Mapping[str, Any]) -> Plan:
    text = json.dumps({"name": "words", "description": LINE, **sections})
    return planned(load_text("recipe.yaml", text.encode()))


def diagram(text: str) -> str:
    (text_of,) = DIAGRAM.findall(text)
    return str(text_of)


def expected(of: Plan) -> dict[str, Any]:
    """The diagram that a plan should have, with names where Mermaid has its own ids."""
    parts = {part.name: part for job in of.jobs for part in job.parts}
    span = {
        service.name: sorted({service.ports[0], service.ports[-1]}, key=int)
        for job in of.jobs
        for service in job.services
    }
    edges = [(p.name, n, " to ".join(span[n])) for p in parts.values() for n in p.needs]
    shared = [job for job in of.jobs if job.inside]
    return {
        "nodes": sorted(f"{part.name}<br>{part.kind}" for part in parts.values()),
        "edges": sorted(edges),
        "groups": sorted((job.name, sorted(part.name for part in job.parts)) for job in shared),
    }


def named(read: dict[str, Any]) -> dict[str, Any]:
    """What Mermaid has read, by the names that it shows."""
    assert "error" not in read, read["error"]
    names = {node: text.partition("<br>")[0] for node, text in read["nodes"].items()}
    return {
        "nodes": sorted(read["nodes"].values()),
        "edges": sorted((names[a], names[b], text) for a, b, text in read["edges"]),
        "groups": sorted(
            (name, sorted(names[node] for node in ids)) for name, ids in read["groups"]
        ),
    }


@needs_mermaid
def test_the_diagram_of_every_case_and_recipe_shows_all_that_it_runs() -> None:
    recipes = {str(path): path for path, _ in CASES.values()}
    recipes |= {path.stem: path for path in (PROJECT / "recipes").glob("*.yaml")}
    plans = {name: planned(load(path)) for name, path in recipes.items()}
    read = shown(diagram(runbook(bundle_plan)) for bundle_plan in plans.values())
    for (name, bundle_plan), graph in zip(plans.items(), read, strict=True):
        assert named(graph) == expected(bundle_plan), name


@needs_mermaid
def test_every_committed_runbook_has_a_diagram() -> None:
    books = [path.read_text() for path in (PROJECT / "output").glob("*/README.md")]
    assert [graph for graph in shown(map(diagram, books)) if not graph.get("nodes")] == []


@needs_mermaid
def test_no_name_is_taken_for_a_word_of_mermaids() -> None:
    labelled = {"description": LINE, "labels": {"text": LINE}}
    cache = {"kind": "redis", **labelled}
    bare = {"kind": "command", "command": ["true"], **labelled}
    once = recipe(services=dict.fromkeys(WORDS, cache))
    client = recipe(
        services={"cache": cache}, clients={name: {**bare, "target": "cache"} for name in WORDS}
    )
    job = recipe(
        jobs={name: {"description": LINE} for name in WORDS},
        services={f"{name}-in": {**cache, "job": name} for name in WORDS},
    )
    plans = [once, client, job]
    read = shown(diagram(runbook(bundle_plan)) for bundle_plan in plans)
    assert [named(graph) for graph in read] == [expected(bundle_plan) for bundle_plan in plans]


def waiting(services: int, degree: int) -> dict[str, Any]:
    """So many services, of which each waits for the last few before it."""
    before = {n: [f"s{last}" for last in range(max(0, n - degree), n)] for n in range(services)}
    return {f"s{n}": {"kind": "redis", "after": names} for n, names in before.items()}


@needs_mermaid
def test_two_hundred_services_are_one_diagram() -> None:
    large = recipe(services=waiting(200, 2))
    (read,) = shown([diagram(runbook(large))])
    assert (len(read["nodes"]), len(read["edges"])) == (200, 2 * 200 - 3)
    assert named(read) == expected(large)


def test_what_mermaid_would_refuse_for_its_size_is_not_drawn() -> None:
    many, long = recipe(services=waiting(200, 3)), recipe(services=waiting(1500, 0))
    for large in (many, long):
        assert DIAGRAM.findall(runbook(large)) == []
        assert "too large for a diagram" in runbook(large)


@needs_mermaid
def test_a_diagram_that_is_broken_would_be_found() -> None:
    good = diagram((PROJECT / "output/quickstart/README.md").read_text())
    broken = (
        good.replace("part1[", "end["),
        good.replace('"]', ""),
        good.replace("flowchart LR", "flow"),
        good.replace("  part2 -->", "  end\n  part2 -->"),
        good.replace("cache<br>", 'a"b<br>'),
    )
    assert ["error" in graph for graph in shown((good, *broken))] == [False] + [True] * len(broken)


def test_what_is_installed_is_fixed_and_comes_from_no_certain_address() -> None:
    text = (MERMAID / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert "://" not in text
    assert all(
        package["version"] and package["integrity"] for path, package in packages.items() if path
    )
