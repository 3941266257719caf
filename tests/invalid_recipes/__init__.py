"""Recipes that are refused: the cases of this folder, and what their names and heads state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hpcgen.build import Options, compile_recipe
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.load import Limits

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("HG*.yaml"))


@dataclass(frozen=True)
class Stated:
    code: str
    line: int
    column: int


def stated(case: Path) -> Stated:
    match = re.fullmatch(r"(HG\d{3})@(\d+)\.(\d+)-[a-z0-9-]+", case.stem)
    assert match, "name the case CODE@LINE.COLUMN-what-is-wrong.yaml"
    return Stated(match[1], int(match[2]), int(match[3]))


def limits(case: Path) -> Limits:
    first = case.read_bytes().partition(b"\n")[0].decode("utf-8", "replace")
    pairs = first.removeprefix("# limits: ").split() if first.startswith("# limits: ") else []
    return Limits(
        **{name: int(value) for name, _, value in (pair.partition("=") for pair in pairs)}
    )


def problems(case: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(RecipeError) as caught:
        compile_recipe(case, Options(limits=limits(case)))
    return caught.value.diagnostics
