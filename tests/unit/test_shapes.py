"""Scripts that differ in values alone have one shape, which is linted in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hpcgen import build
from hpcgen.bundle.tree import File, Tree
from hpcgen.check import check, is_script
from hpcgen.diagnostics import RecipeError
from hpcgen.plan import plan
from hpcgen.render import render
from hpcgen.text import shapes, shell
from hpcgen.text.shapes import Marked
from hpcgen.text.values import Default, Text, Value, Variable
from hpcgen.yaml.limits import Limits

from tests.bench.recipe import KINDS, of_five_kinds

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))


def bundle(path: Path) -> Tree:
    limits = Limits(bytes=10_000_000, nodes=1_000_000)
    return render(plan(build.resolve_recipe(path, build.Options(limits=limits))))


def many(place: Path, count: int, name: str = "many") -> Path:
    return of_five_kinds(place / f"{name}.yaml", count, name)


def scripts(tree: Tree) -> Iterator[File]:
    return (file for file in tree if is_script(file))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shape_has_the_lines_of_its_script(path: Path) -> None:
    for file in scripts(bundle(path)):
        assert file.shape.count("\n") == file.content.count("\n"), file.path
        assert shapes.plain(file.content) == file.content
        assert shapes.plain(file.shape) == file.shape


def test_as_many_services_as_one_likes_have_the_shapes_of_a_few(tmp_path: Path) -> None:
    few = {file.shape for file in scripts(bundle(many(tmp_path, 2 * len(KINDS), "few")))}
    more = {file.shape for file in scripts(bundle(many(tmp_path, 60)))}
    by_number = re.compile(r"JOBS|NAMES|IMAGES")  # lists of bin/, as long as there are services
    assert {shape for shape in more - few if not by_number.search(shape)} == set()


def test_another_name_needs_no_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    linted: list[int] = []
    check(bundle(many(tmp_path, 5)), lambda done, _: linted.append(done))
    assert linted[-1] > 0
    linted.clear()
    check(bundle(many(tmp_path, 5, "other")), lambda done, _: linted.append(done))
    assert linted == []


FAULT = "rm $1"
"""SC2086, wherever it stands in bash."""


def planted(file: File) -> Iterator[tuple[int, File]]:
    """The script with the fault at the beginning of each section and of each function."""
    places = re.compile(r"^(# ==== [2-4].*|  ?[a-z_]+\(\) \{.*|[a-z_]+\(\) \{.*)$")
    for number, line in enumerate(file.shape.split("\n"), start=1):
        if places.fullmatch(line) and not line.endswith("}"):
            yield number + 1, replace(file, text=Marked(put(file.text, number)))


def put(text: str, line: int) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[:line], FAULT, *lines[line:]])


def test_a_fault_in_any_part_of_a_script_is_found(tmp_path: Path) -> None:
    job = bundle(many(tmp_path, 1))["jobs/s0.sbatch"]
    faulty = [*planted(job)]
    assert len(faulty) > 12
    tree = Tree(replace(file, path=f"jobs/{line}.sbatch") for line, file in faulty)
    with pytest.raises(RecipeError) as refused:
        check(tree)
    messages = {problem.message for problem in refused.value.diagnostics if problem.code == "HG602"}
    for line, _ in faulty:
        assert any(message.startswith(f"jobs/{line}.sbatch:{line}: SC2086") for message in messages)


@pytest.mark.parametrize(
    "line",
    ["NAME=$(date", "LIST=(a 'b)", 'NAME="a" b"', "declare -A MAP=([a]=$1)", "cd $HOME"],
)
def test_a_fault_among_the_assignments_is_found(line: str, tmp_path: Path) -> None:
    job = bundle(many(tmp_path, 1))["jobs/s0.sbatch"]
    before = "# ==== 4. execution"
    text = Marked(job.text.replace(before, f"{line}\n{before}"))
    with pytest.raises(RecipeError, match=r"HG60[12]"):
        check(Tree([replace(job, text=text)]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("text", "any 'other' $text"),
        (8, 4096),
        (("a", "b"), ("$x", "`y`")),
        (("a" * 60, "b" * 60, "c"), ("a", "b" * 90, "c")),  # which do not end their lines alike
        ({"key": "value"}, {"other": "~/value"}),
        (Default("50"), Default("60")),
        (Text((Variable("HOME"), "/a")), Text((Variable("HOME"), '/"b"'))),
        (Variable("X", "1"), Variable("X", "two")),
    ],
)
def test_values_of_one_class_have_one_shape(one: Value, other: Value) -> None:
    shape, another = (shapes.shape(shell.assignments({"NAME": value})) for value in (one, other))
    assert shape == another


@pytest.mark.parametrize(
    ("one", "other"),
    [("text", 8), ("", "text"), (("a",), ("a", "b")), (Variable("A"), Variable("B"))],
)
def test_values_that_shellcheck_tells_apart_do_not(one: Value, other: Value) -> None:
    shape, another = (shapes.shape(shell.assignments({"NAME": value})) for value in (one, other))
    assert shape != another


def test_lines_within_a_value_are_kept() -> None:
    text = shell.assignments({"NAME": "a\nb\nc", "OTHER": Text(("x\ny", Variable("IP")))})
    assert shapes.shape(text).count("\n") == shapes.plain(text).count("\n") == 4
