"""Every file in tests/wrong is refused with the code, and at the place, that its name states.

`HG104@6.5-duplicate-key.yaml`: HG104 at line 6, column 5 is the first problem by place. A first
line `# limits: bytes=64` loads the case under smaller limits.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hpcgen.diagnostics import RecipeError
from hpcgen.load import Limits, load, source_text
from hpcgen.report import render_text
from syrupy.assertion import SnapshotAssertion

UNSEEN = re.compile(
    r"[^\n\x20-\x7e\xa0-\U0010ffff]|[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
CASES = sorted((Path(__file__).parent / "wrong").glob("HG1*.yaml"))


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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_is_refused_at_its_place(case: Path, diagnostics: SnapshotAssertion) -> None:
    with pytest.raises(RecipeError) as caught:
        load(case, limits(case))
    found = caught.value.diagnostics
    span = found[0].span
    assert span is not None
    assert Stated(found[0].code, span.line, span.column) == stated(case)
    assert all(each.span and each.hint and each.span.file == case.name for each in found[:20])
    text = render_text(found, {case.name: source_text(case)}, colour=False)
    assert not UNSEEN.search(text)
    assert "Traceback" not in text
    assert text == diagnostics(name=case.stem)


def test_every_snapshot_has_its_case() -> None:
    snapshots = (Path(__file__).parent.parent / "golden" / "diagnostics").glob("HG1*.txt")
    assert {snapshot.stem for snapshot in snapshots} == {case.stem for case in CASES}


def test_every_code_of_a_file_has_a_case() -> None:
    assert {stated(case).code for case in CASES} == {f"HG1{number:02}" for number in range(1, 18)}
