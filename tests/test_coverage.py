"""docs/coverage.md: every row has a test that exists, or says what is missing."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
TABLES = {
    text.partition("\n")[0]: re.findall(r"^\| (\d+) \|(.*)\|$", text, re.MULTILINE)
    for text in PAGE.split("\n## ")
}
ROWS = {
    f"{title}, row {number}": [cell.strip() for cell in cells.split("|")]
    for title, rows in TABLES.items()
    for number, cells in rows
}
TEST = re.compile(r"`(tests/[^`:]+)::([^`]+)`")
MISSING = re.compile(r"(?:^|; )not (?:yet|proved): \S")


@cache
def defined_in(path: str) -> set[str]:
    """The tests that a file defines, found without importing it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}


def test_every_row_has_a_test_or_says_what_is_missing() -> None:
    assert [row for row, cells in ROWS.items() if len(cells) != 3 or not cells[0]] == []
    proofs = {row: proof for row, (_, _, proof) in ROWS.items()}
    unproved = [row for row, proof in proofs.items() if not TEST.search(proof)]
    assert [row for row in unproved if not MISSING.search(proofs[row])] == []
    unanswered = [row for row, (_, answer, _) in ROWS.items() if not answer]
    assert [row for row in unanswered if not proofs[row].startswith("not yet: ")] == []


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(PAGE)
    assert len(named) > 50
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []


def test_rows_are_counted_from_one_in_each_table() -> None:
    numbers = [[int(number) for number, _ in rows] for rows in TABLES.values() if rows]
    assert [len(rows) for rows in numbers] == [18, 15, 19, 19]
    assert all(rows == [*range(1, len(rows) + 1)] for rows in numbers)


def test_no_name_of_a_test_is_written_in_a_way_that_is_not_checked() -> None:
    assert len(re.findall(r"::test_", PAGE)) == len(TEST.findall(PAGE))
