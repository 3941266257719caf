"""The examples of the documents: recipes compile, and what is shown is what is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hpcgen.build import Options, compile_recipe
from hpcgen.bundle.tree import Tree
from hpcgen.cli import main
from hpcgen.verbs import exit_status

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
ANOTHER_TESTS = ROOT / "docs/reference/diagnostics.md"
"""Half of its recipes are wrong on purpose: tests/test_code_pages.py compiles them."""


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for document in (path for path in DOCUMENTS if path != ANOTHER_TESTS):
        texts = re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), re.M | re.S)
        name = document.relative_to(ROOT).with_suffix("")
        yield from ((f"{name}-{n}", text) for n, text in enumerate(texts, start=1))


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
    (shown,) = re.findall(r"^(error\[.*?)^```$", README, re.M | re.S)
    assert shown in capsys.readouterr().err


README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def bundle(tmp_path: Path) -> Tree:
    """What the recipe of README makes."""
    recipe = tmp_path / "quickstart.yaml"
    recipe.write_text(RECIPES["README-1"], encoding="utf-8")
    return compile_recipe(recipe, Options()).tree


def test_the_tree_that_is_shown_is_the_one_that_is_made(bundle: Tree) -> None:
    (shown,) = re.findall(r"^```text\noutput/quickstart\n(.*?)^```$", README, re.M | re.S)
    folders: list[str] = []
    paths = []
    for line in shown.splitlines():
        margin, name = re.fullmatch(r"([│ ]*[├└]── )(\S+).*", line).groups()  # type: ignore[union-attr]
        depth = len(margin) // 4
        folders[depth - 1 :] = [name]
        paths.append("/".join(folders))
    files = {*(file.path for file in bundle), "manifest.json"}
    assert {path for path in paths if path in files} == files
    assert {path for path in paths if path not in files} == {"bin", "connections", "jobs"}


def test_the_lines_that_are_shown_are_of_the_script(bundle: Tree) -> None:
    shown = re.findall(r"^```bash\n(  .*?)^```$", README, re.M | re.S)
    assert len(shown) == 1
    assert shown[0] in bundle["jobs/cache.sbatch"].content


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 130


def test_the_exit_statuses_are_documented() -> None:
    page = (ROOT / "docs/run-time.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"## Exit statuses of hpcgen\n(.*?)\n## ", page, re.S)
    statuses = {value for name, value in vars(exit_status).items() if name.isupper()}
    assert {int(number) for number in re.findall(r"^\| (\d+) \|", table, re.M)} == statuses


LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_a_link_leads_somewhere(document: Path) -> None:
    for name, part in LINK.findall(document.read_text(encoding="utf-8")):
        there = (document.parent / name) if name else document
        assert there.exists(), name
        if part:
            heads = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in heads}
