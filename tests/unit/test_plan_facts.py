"""The plan holds facts: it writes no bash, and reads none to recover a fact."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hpcgen import plan

FOLDER = Path(str(plan.__file__)).parent
MODULES = sorted(FOLDER.rglob("*.py"))
EXPANSIONS = ("${", "$(", '"$')
PRINTERS = ("hpcgen.text.shell", "jinja2", "re")


def code(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a module that are no docstrings, with their lines."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield node.lineno, str(node.value)


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_text_of_the_plan_expands_a_variable() -> None:
    bash = [
        f"{path.relative_to(FOLDER)}:{line}: {text}"
        for path in MODULES
        for line, text in code(path)
        if any(mark in text for mark in EXPANSIONS)
    ]
    assert bash == []


def test_the_plan_makes_no_bash() -> None:
    made = [
        f"{path.relative_to(FOLDER)}:{line}"
        for path in MODULES
        for line, function in calls(path)
        if function == "Bash"
    ]
    assert made == []


def test_the_plan_neither_prints_nor_parses() -> None:
    used = [
        f"{path.relative_to(FOLDER)} imports {name}"
        for path in MODULES
        for name in imports(path)
        if name in PRINTERS
    ]
    assert used == []
