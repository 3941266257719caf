"""What is refused as a secret written out, in whatever field, and what is not."""

import re
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, validate_recipe
from hpcgen.diagnostics import Diagnostic, RecipeError
from ruamel.yaml import YAML

LITERALS = Path(__file__).parent / "secret_literals"
LETTERS = {"": "aB3dE6gH9", "A": "A2B3C4", "x": "0a1b2c3d"}


def expanded(text: str) -> str:
    """`{20}` as twenty letters and digits."""
    return re.sub(
        r"\{(\d+)([Ax]?)\}", lambda m: "".join(islice(cycle(LETTERS[m[2]]), int(m[1]))), text
    )


def cases(name: str) -> list[Any]:
    groups = YAML(typ="safe").load(expanded((LITERALS / f"{name}.yaml").read_text("utf-8")))
    return [
        pytest.param(fields, id=f"{group}-{number}")
        for group, listed in groups.items()
        for number, fields in enumerate(listed, 1)
    ]


def problems(fields: dict[str, Any], directory: Path) -> tuple[Diagnostic, ...]:
    service = {"kind": "container", "image": "a/b:1", "port": 8080, **fields}
    recipe = directory / "recipe.yaml"
    with recipe.open("w") as file:
        YAML(typ="safe").dump({"name": "demo", "services": {"web": service}}, file)
    try:
        validate_recipe(recipe, Options())
    except RecipeError as error:
        return error.diagnostics
    return ()


@pytest.mark.parametrize("fields", cases("refused"))
def test_a_secret_is_refused(fields: dict[str, Any], tmp_path: Path) -> None:
    (diagnostic,) = (problem for problem in problems(fields, tmp_path) if problem.code == "HG213")
    assert diagnostic.secret
    assert "{secret: NAME}" in diagnostic.hint


@pytest.mark.parametrize("fields", cases("accepted"))
def test_what_is_merely_unusual_is_accepted(fields: dict[str, Any], tmp_path: Path) -> None:
    assert problems(fields, tmp_path) == ()
