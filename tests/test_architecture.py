"""The stages are packages, in one order, and none knows of a later one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import hpcgen
import pytest

ROOT = Path(hpcgen.__file__).parent
STAGES = ("load", "validate", "resolve", "plan", "render", "check", "write")
MODULES = sorted(path for stage in STAGES for path in (ROOT / stage).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The first name below hpcgen of everything that a module imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "hpcgen":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hpcgen."):
            yield str(node.module).split(".")[1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_stage_imports_no_later_one(path: Path) -> None:
    stage = STAGES.index(path.relative_to(ROOT).parts[0])
    assert not {*imported(path)} & {*STAGES[stage + 1 :]}


def test_the_compiler_is_the_list_of_its_stages() -> None:
    text = (ROOT / "build.py").read_text()
    assert [stage for stage in STAGES if f"import {stage}\n" in text] == list(STAGES)
