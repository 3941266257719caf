"""The schemas for editors accept what the compiler accepts, and any editor can read them."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hpcgen import cli
from hpcgen.diagnostics import RecipeError
from hpcgen.load import load, load_text
from hpcgen.model.kind import kinds
from hpcgen.schema.validator import validator
from hpcgen.validate import validate
from hpcgen.verbs import editor_schema as bundled_schema
from hpcgen.verbs.exit_status import OK, PROBLEMS
from hpcgen.yaml.document import Document
from jsonschema import Draft202012Validator

PROJECT = Path(__file__).parent.parent
NAMES = ("recipe", "cluster", "manifest")
RECIPES = [
    *sorted((PROJECT / "recipes").glob("*.yaml")),
    *sorted((PROJECT / "generator" / "hpcgen" / "services").glob("*/cases/*.yaml")),
]
CORPUS = [
    *RECIPES,
    *sorted((PROJECT / "tests" / "odd_yaml").glob("*.yaml")),
    *sorted(
        file
        for file in (PROJECT / "tests" / "invalid_recipes").glob("HG2*.yaml")
        if not file.name.startswith("HG213")  # no schema says what a secret looks like
    ),
]
JUNK: tuple[Any, ...] = (None, True, 0, -1, 1.5, "", "x y", "x\ny", [], ["x"], {}, {"x": 1})

ECMA = re.compile(
    r"""(?: [A-Za-z0-9 _@%=~/:,.&!;\#<>-]      # itself; `.` is any character but a line break
          | \\ [nrt$.*+?()\[\]{}|^/\\]        # the escapes that the u flag allows, no class
          | \[ \^? (?: [^\[\]\\-] | \\ [nrt\[\]\\^-] | - )+ \]
          | \( (?: \?: | \?= | \?! | (?!\?) ) | \)
          | [\^$|] | [*+?] \?? (?![*+?])
          | \{ [0-9]+ (?: , [0-9]* )? \}
        )*""",
    re.VERBOSE,
)
"""Patterns that ECMA 262 with its u flag and Python read alike: a part of what both know."""


@cache
def judge(name: str) -> Any:
    return validator(bundled_schema.self_contained_schema(name))


def refused(document: Document) -> bool:
    try:
        validate(document)
    except RecipeError:
        return True
    return False


def parts(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for child in part.values() if isinstance(part, dict) else part:
        if isinstance(child, dict | list):
            yield from parts(child)


def changed(data: Any) -> Iterator[Any]:
    """`data` with one thing in it replaced by junk, left out, or with a key beside it."""
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        for junk in JUNK:
            data_with = deepcopy(data)
            data_with[key] = junk
            yield data_with
        less = deepcopy(data)
        del less[key]
        yield less
        if isinstance(data[key], dict | list):
            for below in changed(data[key]):
                data_with = deepcopy(data)
                data_with[key] = below
                yield data_with
    if isinstance(data, dict):
        yield {**data, "beside": 1}


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_a_recipe_is_judged_as_the_compiler_judges_it(file: Path) -> None:
    document = load(file)
    assert judge("recipe").is_valid(document.data) is not refused(document)


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_so_is_every_recipe_near_it(file: Path) -> None:
    verdicts = set()
    for data in changed(load(file).data):
        document = load_text("near.yaml", json.dumps(data).encode())
        accepted = judge("recipe").is_valid(document.data)
        assert accepted is not refused(document), data
        verdicts.add(accepted)
    assert False in verdicts


@pytest.mark.parametrize(
    "profile", sorted((PROJECT / "generator" / "hpcgen" / "clusters").glob("*.yaml")), ids=str
)
def test_built_in_profiles_are_accepted(profile: Path) -> None:
    data = load(profile).data
    assert judge("cluster").is_valid(data)
    assert not judge("cluster").is_valid({**data, "beside": 1})


def test_a_wrong_field_is_one_error_at_that_field() -> None:
    """What an editor underlines: no entry fails as a whole because one of its fields does."""
    data = load(PROJECT / "recipes" / "quickstart.yaml").data
    data["services"]["cache"]["maxmemory"] = "1 GiB"
    errors = list(judge("recipe").iter_errors(data))
    assert [list(error.absolute_path) for error in errors] == [["services", "cache", "maxmemory"]]


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_in_one_file(name: str) -> None:
    bundle = bundled_schema.self_contained_schema(name)
    Draft202012Validator.check_schema(bundle)
    references = [part["$ref"] for part in parts(bundle) if isinstance(part.get("$ref"), str)]
    defined = {f"#/$defs/{key}" for key in bundle.get("$defs", {})}
    assert set(references) == defined, "nothing is missing, and nothing is there for nothing"
    assert not [part for part in parts(bundle) if isinstance(part.get("$id"), str)]
    assert not [part for part in parts(bundle) if "oneOf" in part]
    choices = [choice for part in parts(bundle) for choice in part.get("anyOf", ())]
    assert all(list(choice) == ["required"] for choice in choices), "an error is about one field"


def test_what_is_for_the_compiler_alone_is_left_out() -> None:
    assert "x-override" in kinds()["redis-benchmark"].schema["properties"]["clients"]
    every = [
        key
        for name in NAMES
        for part in parts(bundled_schema.self_contained_schema(name))
        for key in part
    ]
    assert [key for key in every if key.startswith("x-")] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_pattern_means_the_same_in_an_editor(name: str) -> None:
    patterns = {
        part["pattern"]
        for part in parts(bundled_schema.self_contained_schema(name))
        if "pattern" in part
    }
    patterns = {pattern for pattern in patterns if isinstance(pattern, str)}
    assert patterns
    for pattern in patterns:
        assert ECMA.fullmatch(pattern), pattern
        re.compile(pattern)


@pytest.mark.parametrize(
    "pattern", [r"\d+", r"\-", r"(?P<a>b)", r"(?<!a)b", "a++", r"[\w]", "a{,2}"]
)
def test_a_pattern_of_python_alone_would_be_found(pattern: str) -> None:
    assert not ECMA.fullmatch(pattern)


@pytest.mark.parametrize("name", ["recipe", "cluster"])
def test_the_committed_file_is_in_step(name: str) -> None:
    file = PROJECT / "schemas" / "bundled" / f"{name}.schema.json"
    command = f"hpcgen schema {name} -o {file.relative_to(PROJECT)}"
    assert file.read_text(encoding="utf-8") == bundled_schema.text(name), f"run: {command}"


def test_it_is_printed_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"]) == OK
    printed = capsys.readouterr().out
    assert json.loads(printed) == bundled_schema.self_contained_schema("recipe")
    assert cli.main(["schema", "recipe", "-o", str(tmp_path / "a.json")]) == OK
    assert capsys.readouterr().out == ""
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == printed


def test_a_file_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["schema", "-o", str(tmp_path / "none" / "a.json")]) == PROBLEMS
    assert "no such file or directory" in capsys.readouterr().err
