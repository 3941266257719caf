"""What is built is what was reviewed.

Each kind has its cases in its folder, `cases/*.yaml`; what the kind itself adds to a bundle is
kept in golden/, abridged (`abridged.py`) and built for each cluster below. Whole bundles are kept
in output/, for recipes/.
"""

from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.build import Options, compile_recipe
from hpcgen.load import load
from hpcgen.model.kind import kinds
from hpcgen.verbs.exit_status import OK
from syrupy.assertion import SnapshotAssertion

from tests.abridged import abridged
from tests.kind_cases import CASES, CLUSTERS, PROJECT
from tests.marked_templates import recorded

GOLDEN = PROJECT / "golden"
RECIPES = sorted((PROJECT / "recipes").glob("*.yaml"))


def reviewed_files(kind: str, case: Path, cluster: str) -> dict[str, str]:
    """What is there because an entry of this kind is, but for sources that were carried over.

    Each path with its text, abridged where a template made it.
    """
    data = load(case).data
    entries = {**data.get("services", {}), **data.get("clients", {})}
    ours = {name: entry for name, entry in entries.items() if entry["kind"] == kind}
    names = {*ours, *(entry["job"] for entry in ours.values() if "job" in entry)}
    names |= {f"{name}-{more}" for name in names for more in ("stop", "replicas")}
    with recorded() as texts:
        tree = compile_recipe(case, Options(cluster=cluster)).tree
    mine = [file for file in tree if names & {*file.path.partition(".")[0].split("/")}]
    return {
        file.path: abridged(texts.get(file.content, file.content))
        for file in mine
        if file.content not in sources(kind)
    }


def sources(kind: str) -> set[str]:
    """The texts that a kind's entry carries into the bundle as they stand."""
    folders = (kinds()[kind].folder, PROJECT / "templates/programs", PROJECT / "templates/lib")
    return {path.read_text() for folder in folders for path in folder.glob("*.*")}


@pytest.mark.parametrize("case", CASES)
def test_a_case_builds_what_was_reviewed(case: str, golden: SnapshotAssertion) -> None:
    files = reviewed_files(case.partition("/")[0], *CASES[case])
    assert files
    for path, text in files.items():
        assert text == golden(name=f"{case}/{path}")
    there = {path for path in (GOLDEN / case).rglob("*") if path.is_file()}
    assert there == {GOLDEN / case / path for path in files}


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
