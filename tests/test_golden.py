"""What is built is what was reviewed.

Each kind has its cases in its folder, `cases/*.yaml`; what the kind itself adds to a bundle is
kept in golden/, built for each cluster below. Whole bundles are kept in output/, for recipes/.
"""

import textwrap
from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.build import Options, compile_recipe
from hpcgen.bundle.tree import File
from hpcgen.load import load
from hpcgen.model.kind import kinds
from hpcgen.verbs.exit_status import OK
from syrupy.assertion import SnapshotAssertion

from tests.kind_cases import CASES, CLUSTERS, PROJECT

GOLDEN = PROJECT / "golden"
RECIPES = sorted((PROJECT / "recipes").glob("*.yaml"))


def own_files(kind: str, case: Path, cluster: str) -> list[File]:
    """What is there because an entry of this kind is, but for sources that were carried over."""
    data = load(case).data
    entries = {**data.get("services", {}), **data.get("clients", {})}
    ours = {name: entry for name, entry in entries.items() if entry["kind"] == kind}
    names = {*ours, *(entry["job"] for entry in ours.values() if "job" in entry)}
    names |= {f"{name}-{more}" for name in names for more in ("stop", "replicas")}
    tree = compile_recipe(case, Options(cluster=cluster)).tree
    parts = {file.path: file.path.partition(".")[0].split("/") for file in tree}
    mine = [file for file in tree if names & set(parts[file.path])]
    return [file for file in mine if file.content not in sources(kind)]


def sources(kind: str) -> set[str]:
    """The texts that a kind's entry carries into the bundle as they stand."""
    carried = (kinds()[kind].folder.glob("*.*"), (PROJECT / "templates/programs").glob("*.py"))
    return {path.read_text() for paths in carried for path in paths}


def abridged(content: str) -> str:
    """A script without the text of the library's functions, which is in output/ and in templates/.

    A change of the library is read there once, and not in each case anew.
    """
    for text, name in LIBRARY.items():
        content = content.replace(text, name)
    return content


LIBRARY = {
    textwrap.indent(text, margin): f"{margin}# [lib/{path.name}]\n"
    for path in sorted((PROJECT / "templates/lib").glob("*.sh"))
    for margin in ("", "  ")
    if (text := path.read_text()).count("\n") > 3
}
"""What the scripts of cases name and do not repeat: functions as they stand, or indented."""


@pytest.mark.parametrize("case", CASES)
def test_a_case_builds_what_was_reviewed(case: str, golden: SnapshotAssertion) -> None:
    files = own_files(case.partition("/")[0], *CASES[case])
    assert files
    for file in files:
        assert abridged(file.content) == golden(name=f"{case}/{file.path}")
    there = {path for path in (GOLDEN / case).rglob("*") if path.is_file()}
    assert there == {GOLDEN / case / file.path for file in files}


def test_every_kind_has_a_minimal_a_full_and_a_shared_case() -> None:
    cases = ("minimal", "full", "shared")
    minimum = {f"{kind}/{case}-{on}" for kind in kinds() for case in cases for on in CLUSTERS}
    assert minimum <= set(CASES)


def test_every_full_case_says_every_field_of_its_kind() -> None:
    for name, kind in kinds().items():
        data = load(kind.folder / "cases" / "full.yaml").data
        entries = [*data["services"].values(), *data.get("clients", {}).values()]
        fields = {field for entry in entries if entry["kind"] == name for field in entry}
        assert fields | {"job"} == set(kind.schema["properties"])


def test_every_golden_file_has_its_case() -> None:
    for kind in kinds():
        there = {f"{kind}/{path.name}" for path in (GOLDEN / kind).iterdir()}
        assert there == {case for case in CASES if case.startswith(f"{kind}/")}
    assert {path.name for path in GOLDEN.iterdir()} <= {*kinds(), "diagnostics", "help"}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_committed_bundle_is_in_step(
    recipe: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    status = cli.main(["check", str(recipe.relative_to(PROJECT)), "-o", "output"])
    assert (status, capsys.readouterr().out) == (OK, "")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_recipe_names_the_schema_that_an_editor_finds_here(recipe: Path) -> None:
    before, _, place = recipe.read_text().splitlines()[0].partition("=")
    assert before == "# yaml-language-server: $schema"
    assert (recipe.parent / place).resolve() == PROJECT / "schemas/bundled/recipe.schema.json"


def test_every_committed_bundle_has_its_recipe() -> None:
    assert RECIPES
    bundles = {path.name for path in (PROJECT / "output").iterdir()}
    assert bundles == {load(recipe).data["name"] for recipe in RECIPES}
