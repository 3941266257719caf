"""Names say what a thing is: some words never do, and nothing that a module binds has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
ROOTS = ("generator", "templates", "tests")
BANNED = frozenset(
    {
        "each", "own", "said", "told", "asked", "beside", "known", "given", "wanted", "meant",
        "whole", "apart", "found",
    }
)  # fmt: skip
MODULES = {
    file.relative_to(PROJECT).as_posix(): file
    for root in ROOTS
    for file in sorted((PROJECT / root).rglob("*.py"))
}


def bound(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the name of everything that a module binds."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.alias():
                yield node.lineno, node.asname or node.name.rpartition(".")[2]
            case ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name
            case ast.MatchMapping(rest=str(name)):
                yield node.lineno, name


def banned(text: str) -> list[tuple[int, str]]:
    """Those of the names that a module binds which say nothing of what they are."""
    names = bound(ast.parse(text))
    return sorted((line, name) for line, name in names if name.strip("_").lower() in BANNED)


def test_no_name_says_nothing() -> None:
    assert {"generator/hpcgen/build.py", "tests/test_names.py"} <= {*MODULES}
    places = [
        f"{path}:{line}: {name}"
        for path, file in MODULES.items()
        for line, name in banned(file.read_text(encoding="utf-8"))
    ]
    assert places == []


def test_no_module_or_package_has_such_a_name() -> None:
    names = {
        path: {part.strip("_") for part in Path(path).with_suffix("").parts} for path in MODULES
    }
    assert [path for path, parts in names.items() if parts & BANNED] == []


@pytest.mark.parametrize(
    "line",
    [
        "for each in (): pass", "[x for told in ()]", "def f(given): pass", "def _own(): pass",
        "import os as found", "from x import meant", "self.told = 1", "with x as said: pass",
        "lambda known: 1", "(apart := 1)", "class Whole: pass", "wanted: int = 1",
    ],
)  # fmt: skip
def test_such_a_name_is_found_wherever_it_is_bound(line: str) -> None:
    assert len(banned(line)) == 1


def test_reading_a_name_or_an_attribute_is_no_binding() -> None:
    assert banned("x = y.found + f(known=1) if each else 'told'") == []
