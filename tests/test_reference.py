"""docs/reference/ is what the schemas, profiles and diagnostics make, and lacks none of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hpcgen.balancers import balancers
from hpcgen.clusters import built_in
from hpcgen.model.kind import kinds
from hpcgen.printing.explanations import codes
from hpcgen.reference import pages

PROJECT = Path(__file__).parent.parent
COMMITTED = PROJECT / "docs" / "reference"
PAGES = pages()
FILES = {
    "recipe.md": [PROJECT / f"schemas/{name}.schema.json" for name in ("recipe", "definitions")],
    "clusters.md": [PROJECT / "schemas/cluster.schema.json"],
}
EVERY_KIND = {**kinds(), **balancers()}


def properties(value: Any) -> Iterator[str]:
    """The names of all properties that a schema's file defines, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from properties(item)
    elif isinstance(value, dict):
        names = value.get("properties")
        if isinstance(names, dict) and not isinstance(names.get("type"), str):
            yield from names
        for part in value.values():
            yield from properties(part)


def documented(text: str) -> set[str]:
    """The names of the fields in the tables of a text, without those that they are in."""
    paths = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    return {re.split(r"[.\[\]]+", path)[-1] for path in paths}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_committed_page_is_in_step(name: str) -> None:
    assert (COMMITTED / name).read_text(encoding="utf-8") == PAGES[name], "run: make reference"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in COMMITTED.iterdir()} == {*PAGES}


@pytest.mark.parametrize("page", sorted(FILES))
def test_every_field_of_a_schema_is_documented(page: str) -> None:
    fields = {name for file in FILES[page] for name in properties(json.loads(file.read_text()))}
    assert len(fields) > 40
    assert fields - documented(PAGES[page]) == set()


@pytest.mark.parametrize("name", sorted(EVERY_KIND))
def test_every_field_of_a_kind_is_documented(name: str) -> None:
    kind = EVERY_KIND[name]
    section = re.split(r"^## ", PAGES[f"{kind.role}s.md"], flags=re.MULTILINE)
    (text,) = (part for part in section if part.startswith(f"{name}\n"))
    fields = {*properties(json.loads((kind.folder / "schema.json").read_text()))}
    assert fields - documented(text) - {"kind"} == set()
    overrides = [
        rules["x-override"] for rules in kind.schema["properties"].values() if "x-override" in rules
    ]
    assert all(f"Override: `{variable}`." in text for variable in overrides)


def test_every_profile_and_every_diagnostic_is_there() -> None:
    assert all(f"\n### {name}\n" in PAGES["clusters.md"] for name in built_in())
    assert re.findall(r"^## (HG\d+):", PAGES["diagnostics.md"], re.MULTILINE) == list(codes())


def anchors(page: str) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_links_of_a_page_lead_somewhere(name: str) -> None:
    for target, heading in re.findall(r"\]\(([^)#\s]+)(?:#([^)]+))?\)", PAGES[name]):
        if not target.startswith("http"):
            assert target in PAGES, target
            headings = re.findall(r"^#+ (.*)$", PAGES[target], re.MULTILINE)
            anchors = {
                re.sub(r"[^a-z0-9 -]", "", text.lower()).replace(" ", "-") for text in headings
            }
            assert not heading or heading in anchors, heading
