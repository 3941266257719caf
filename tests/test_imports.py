"""A test file is read by pytest alone: whatever tests share has a module of its own."""

import ast
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def imported_modules(file: Path) -> set[str]:
    """The dotted names that a module imports, `from package import name` by both."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_no_module_imports_from_a_test_file() -> None:
    files = [*(PROJECT / "tests").rglob("*.py"), *(PROJECT / "generator").rglob("*.py")]
    test_files = {file.stem for file in files if file.stem.startswith("test_")}
    assert "test_imports" in test_files
    imports = [
        f"{file.relative_to(PROJECT)}: {name}"
        for file in sorted(files)
        for name in imported_modules(file)
        if test_files & {*name.split(".")}
    ]
    assert imports == []
