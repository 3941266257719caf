"""Every diagnostic has a page, and the examples on it are refused and accepted as it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.build import Options, compile_recipe
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.printing.explanations import Example, codes, explanation
from hpcgen.verbs.exit_status import OK, PROBLEMS, USAGE

PACKAGE = Path(__file__).parent.parent / "generator" / "hpcgen"

NOT_A_RECIPES = frozenset(
    [
        "HG119",  # a `--set`
        *(f"HG60{number}" for number in range(1, 9)),  # bugs, missing programs
        *(f"HG70{number}" for number in range(1, 8)),  # what is on the disk
    ]
)
"""Codes that no recipe causes: their pages show the situation, which nothing can compile."""

CAUSED = [code for code in codes() if code not in NOT_A_RECIPES]


def compiled(example: Example, directory: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with an example; the programs among them print a recipe that text cannot be."""
    for name, text in example.files.items():
        (directory / name).write_text(text, encoding="utf-8")
    content = example.text.encode()
    if example.language == "python":
        run = [sys.executable, "-c", example.text]
        content = subprocess.run(run, check=True, capture_output=True).stdout
    recipe = directory / "recipe.yaml"
    recipe.write_bytes(content)
    try:
        return compile_recipe(recipe, Options()).warnings
    except RecipeError as error:
        return error.diagnostics


@pytest.mark.parametrize("code", CAUSED)
def test_the_bad_example_has_this_problem_alone(code: str, tmp_path: Path) -> None:
    bad = explanation(code).bad
    assert bad.language in ("yaml", "python")
    diagnostics = compiled(bad, tmp_path)
    assert {diagnostic.code for diagnostic in diagnostics} == {code}


@pytest.mark.parametrize("code", CAUSED)
def test_the_good_example_has_none(code: str, tmp_path: Path) -> None:
    good = explanation(code).good
    assert good.language == "yaml"
    assert compiled(good, tmp_path) == ()


@pytest.mark.parametrize("code", sorted(NOT_A_RECIPES))
def test_what_no_recipe_causes_is_shown_another_way(code: str) -> None:
    page = explanation(code)
    assert {page.bad.language, page.good.language}.isdisjoint({"yaml", "python"})
    assert page.bad.text != page.good.text


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    used = {code for text in sources for code in re.findall(r'"(HG\d{3})"', text)}
    assert used == set(codes())


@pytest.mark.parametrize("code", codes())
def test_a_page_is_short_and_narrow(code: str) -> None:
    page = explanation(code)
    assert 1 < len(re.findall(r"[.?!](?:\s|$)", page.problem)) <= 6
    assert all(len(line) <= 100 for line in page.text.splitlines() if "[[[" not in line)
    assert page.title[0].islower() or page.title.startswith(("`", "YAML"))
    assert not page.title.endswith(".")


def test_the_page_of_a_limit_names_the_option_that_raises_it() -> None:
    assert "`--max-bytes N`" in explanation("HG111").problem
    assert "`--max-nodes N`" in explanation("HG113").problem


def test_a_page_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "hg104"]) == OK
    out, err = capsys.readouterr()
    assert out == (PACKAGE / "codes" / "HG104.md").read_text(encoding="utf-8")
    assert err == ""


def test_without_a_code_every_code_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(codes())
    assert "HG104  a key is written twice" in lines


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("HG199", "did you mean HG1"),
        ("E0382", "`hpcgen explain` lists them"),
        ("HG1\x1b[2J", "HG1"),
    ],
)
def test_an_unknown_code_is_wrong_usage(
    word: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["explain", word]) == USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert hint in err
    assert "\x1b" not in err


def test_a_run_names_the_page_of_its_first_problem_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [tmp_path / name for name in ("a.yaml", "b.yaml")]
    for path, code in zip(bad, ("HG104", "HG201"), strict=True):
        path.write_text(explanation(code).bad.text, encoding="utf-8")
    assert cli.main(["validate", *map(str, bad)]) == PROBLEMS
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "explain: hpcgen explain HG104"
    assert len([line for line in lines if line.startswith("explain:")]) == 1


@pytest.mark.parametrize("form", ["json", "github"])
def test_output_for_programs_names_no_page(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "a.yaml"
    recipe.write_text(explanation("HG104").bad.text, encoding="utf-8")
    assert cli.main(["validate", str(recipe), "--format", form]) == PROBLEMS
    out, err = capsys.readouterr()
    assert "explain" not in out + err
