"""A row as the script of an experiment reads it: its values arrive as they are, in JSON too."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe, validate_recipe
from hpcgen.diagnostics import RecipeError

ROOT = Path(__file__).parents[2]
HOSTILE = json.loads((ROOT / "tests/lab/hostile_values.json").read_text())
VALUES = [value for values in HOSTILE.values() for value in values]
READ = """\
set -uo pipefail
RUN=$PWD HERE=$PWD RESULTS=$PWD SLURM_ARRAY_JOB_ID=1 EXPERIMENT=words TABLE=
declare -A FIELDS=([args]=json)
for name in {A..H}; do FIELDS[env.${name}]=text; done
die() { exit "$1"; }
reviewed() { true; }
for SLURM_ARRAY_TASK_ID in $(seq "$1"); do
  . "$2" >>said
  for name in {A..H}; do printf '%s\\0' "${ROW[env.${name}]}"; done >>values
  cat row.json >>rows
done
"""


def read(directory: Path, count: int) -> None:
    library = ROOT / "templates/lib/row.sh"
    argv = ["bash", "-c", READ, "bash", str(count), str(library)]
    done = subprocess.run(argv, cwd=directory, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


CLIENT = {"kind": "command", "command": ["true"], "args": ["-"], "env": {"A": "-"}}


def written(directory: Path, recipe: dict[str, Any]) -> Path:
    path = directory / "recipe.yaml"
    path.write_text(json.dumps({"name": "demo", **recipe}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Those of the values that a recipe may have: others are refused by their own rules."""
    arrived, directory = [], tmp_path_factory.mktemp("values")
    for value in dict.fromkeys(VALUES):
        client = {**CLIENT, "env": {"A": value}}
        with suppress(RecipeError):
            validate_recipe(written(directory, {"clients": {"one": client}}), Options())
            arrived.append(value)
    return arrived


def with_rows(directory: Path, values: list[str]) -> Path:
    """A recipe of rows of eight values each, in variables and in one list."""
    eight = [values[start : start + 8] for start in range(0, len(values), 8)]
    rows = [
        {**{f"env.{name}": value for name, value in zip("ABCDEFGH", row, strict=True)}, "args": row}
        for row in eight
    ]
    words = {"client": "one", "batch": rows}
    return written(directory, {"clients": {"one": CLIENT}, "experiments": {"words": words}})


def test_hostile_values_arrive_byte_for_byte(values: list[str], tmp_path: Path) -> None:
    values = values[: len(values) // 8 * 8]
    assert len(values) > 100
    tree = compile_recipe(with_rows(tmp_path, values), Options()).tree
    assert 'BARE_A="${ROW[env.A]}"' in tree["jobs/words.sbatch"].content
    (tmp_path / "words.tsv").write_text(tree["experiments/words.tsv"].content, encoding="utf-8")
    read(tmp_path, len(values) // 8)
    assert (tmp_path / "values").read_bytes().decode().split("\0")[:-1] == values
    rows = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    assert [row["row"] for row in rows] == [*range(1, len(rows) + 1)]
    assert [word for row in rows for word in row["fields"]["args"]] == values
    assert [row["fields"][f"env.{name}"] for row in rows for name in "ABCDEFGH"] == values


@pytest.mark.parametrize("number", ["", "0", "07", "x[$(touch pwned)]", "3"])
def test_a_task_that_has_no_row_ends(number: str, tmp_path: Path) -> None:
    (tmp_path / "words.tsv").write_text("row\tenv.A\targs\n1\ta\t[]\n2\tb\t[]\n")
    script = READ.replace('in $(seq "$1")', 'in "$1"')
    argv = ["bash", "-c", script, "bash", number, str(ROOT / "templates/lib/row.sh")]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert not (tmp_path / "pwned").exists()
