"""The examples of the documents: recipes compile, and what is shown is what is printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hpcgen.build import Options, compile_recipe
from hpcgen.cli import main

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
ANOTHER_TESTS = ROOT / "docs/reference/diagnostics.md"
"""Half of its recipes are wrong on purpose: tests/test_code_pages.py compiles them."""


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for document in (path for path in DOCUMENTS if path != ANOTHER_TESTS):
        texts = re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), re.M | re.S)
        yield from ((f"{document.stem}-{n}", text) for n, text in enumerate(texts, start=1))


RECIPES = dict(blocks("yaml"))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_of_the_documents_compiles(name: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPES[name], encoding="utf-8")
    assert len(compile_recipe(recipe, Options()).tree) > 5


def test_there_are_recipes_in_the_documents() -> None:
    assert any(name.startswith("README") for name in RECIPES)


def test_the_error_that_is_shown_is_the_one_that_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ["name: mine", "", "services:", "  cache:", "    kind: redis", "    maxmemry: 4gb"]
    Path("my.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["validate", "my.yaml"]) == 1
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^(error\[.*?)^```$", readme, re.M | re.S)
    assert shown in capsys.readouterr().err


def test_the_table_of_kinds_is_what_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for role in ("service", "client"):
        assert main(["list", f"{role}s", "--format", "json"]) == 0
        listed = json.loads(capsys.readouterr().out)[f"{role}s"]
        lines += [f"| `{kind['name']}` | {role} | {kind['description']} |" for kind in listed]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `.*` \| (?:service|client) \| .* \|$", readme, re.MULTILINE) == lines


LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_a_link_leads_somewhere(document: Path) -> None:
    for name, part in LINK.findall(document.read_text(encoding="utf-8")):
        there = (document.parent / name) if name else document
        assert there.exists(), name
        if part:
            heads = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in heads}
