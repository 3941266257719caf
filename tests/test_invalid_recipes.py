"""Every recipe in tests/invalid_recipes is refused with the code and at the place of its name.

`HG104@6.5-duplicate-key.yaml`: HG104 at line 6, column 5 is the first problem by place. A first
line `# limits: bytes=64` loads the case under smaller limits. A case that names a cluster profile
has it in the folder `profiles`, and the place is one in the profile where that is at fault.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.diagnostics import Diagnostic
from hpcgen.load import Limits, source_text
from hpcgen.printing.report import render_text
from hpcgen.verbs.exit_status import PROBLEMS
from syrupy.assertion import SnapshotAssertion

from tests.invalid_recipes import CASES, FOLDER, Stated, limits, problems, stated

SECRETS = ("correct", "horse", "battery", "5558675309")
UNSEEN = re.compile(
    r"[^\n\x20-\x7e\xa0-\U0010ffff]|[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
LOAD = {f"HG1{number:02}" for number in range(1, 19)}
VALIDATE = {f"HG2{number:02}" for number in range(1, 14)}
ALLOWANCES = {f"HG4{number}" for number in range(10, 21)}
LATER = {"HG301", "HG302", "HG303", "HG304", "HG306", "HG401", "HG402", "HG433"}
SHARING = {"HG309", "HG310", "HG403", "HG404", "HG405", "HG406", "HG407", "HG408"}
KINDS = {"HG430", "HG431", "HG432", "HG434"}
MONITORING = {"HG440", "HG441", "HG442", "HG443", "HG444"}
EXPERIMENTS = {f"HG50{number}" for number in range(1, 9)}
FLEETS = {"HG460", "HG461", "HG462", "HG463", "HG466", "HG468", "HG469", "HG470"}


def has_options(case: Path) -> bool:
    """Whether the command line has an option for each limit that the case sets."""
    return limits(case) == Limits(bytes=limits(case).bytes, nodes=limits(case).nodes)


def shown(case: Path, diagnostics: tuple[Diagnostic, ...]) -> str:
    files = {diagnostic.span.file for diagnostic in diagnostics if diagnostic.span}
    sources = {name: source_text(FOLDER / name) for name in files}
    return render_text(diagnostics, sources, colour=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_is_refused_at_its_place(case: Path, golden: SnapshotAssertion) -> None:
    diagnostics = problems(case)
    span = diagnostics[0].span
    assert span is not None
    assert Stated(diagnostics[0].code, span.line, span.column) == stated(case)
    assert all(diagnostic.span and diagnostic.hint for diagnostic in diagnostics[:20])
    text = shown(case, diagnostics)
    assert not UNSEEN.search(text)
    assert not [word for word in SECRETS if word in text]
    assert text == golden(name=f"diagnostics/{case.stem}.txt")


@pytest.mark.parametrize("case", [*filter(has_options, CASES)], ids=lambda case: case.stem)
def test_a_build_of_it_writes_nothing(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bounds = limits(case)
    most = [f"--max-bytes={bounds.bytes}", f"--max-nodes={bounds.nodes}"]
    assert cli.main(["build", str(case), *most, "-o", str(tmp_path / "output")]) == PROBLEMS
    out, err = capsys.readouterr()
    assert out == ""
    assert stated(case).code in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "HG104@5.3-duplicate-key",
        "HG209@5.15-secret-as-a-block",
        "HG206@1.7-several-problems",
        "HG210@4.1-profile-fact-without-a-source",
        "HG401@5.23-time-too-short",
    ],
)
def test_the_installed_program_says_the_same(name: str, tmp_path: Path) -> None:
    case = FOLDER / f"{name}.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "hpcgen", "build", case.name, "-o", str(tmp_path)],
        cwd=FOLDER, env={**os.environ, "COLUMNS": "20"}, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    places = shown(case, problems(case)).replace("--> ./", "--> ")  # paths, from here
    assert done.stderr.startswith(places)
    assert list(tmp_path.iterdir()) == []


def test_problems_are_sorted_by_place() -> None:
    diagnostics = problems(FOLDER / "HG206@1.7-several-problems.yaml")
    assert len(diagnostics) == 12
    assert list(diagnostics) == sorted(diagnostics, key=Diagnostic.place)
    assert len({diagnostic.span for diagnostic in diagnostics}) == 12


def test_every_snapshot_has_its_case() -> None:
    snapshots = (Path(__file__).parent.parent / "golden" / "diagnostics").glob("HG*.txt")
    assert {snapshot.stem for snapshot in snapshots} == {case.stem for case in CASES}


def test_every_code_of_a_recipe_has_a_case() -> None:
    assert {
        stated(case).code for case in CASES
    } == LOAD | VALIDATE | LATER | SHARING | ALLOWANCES | KINDS | MONITORING | EXPERIMENTS | FLEETS
