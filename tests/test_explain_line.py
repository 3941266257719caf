"""`hpcgen explain FILE:LINE` names what a line of a bundle is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.verbs.exit_status import DIFFERENCES, OK, PROBLEMS, USAGE

RECIPE = """\
name: pair
cluster: {cluster}
account: p200981
services:
  cache:
    kind: redis
    persistence: aof
    resources: {{mem: 2G, time: "02:00:00"}}
clients:
  bench: {{kind: redis-benchmark, target: cache, clients: 7}}
"""

Shown = tuple[str, str]
"""Where it says that something stands, and what it says."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recipes and their bundles, one for each cluster that a case speaks of."""
    folder = tmp_path_factory.mktemp("causes")
    for cluster in ("generic", "meluxina"):
        (folder / f"{cluster}.yaml").write_text(RECIPE.format(cluster=cluster))
        argv = ["build", f"{folder}/{cluster}.yaml", "-o", f"{folder}/{cluster}"]
        assert cli.main(argv) == OK
    return folder


def explained(
    folder: Path, capsys: pytest.CaptureFixture[str], file: str, start: str
) -> list[Shown]:
    """What is said of the first line of a bundle's file that begins so."""
    path = folder / file
    lines = path.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.strip().startswith(start))
    capsys.readouterr()
    assert cli.main(["explain", f"{path}:{number}"]) == OK
    head, *blocks = capsys.readouterr().out.split("\n\n")
    assert head.splitlines() == [f"{path}:{number}", f"  {lines[number - 1]}"]
    blocks_of_lines = (f"{block}\n\n".splitlines() for block in blocks)
    return [(place.removeprefix(f"{folder}/"), quoted) for place, quoted, *_ in blocks_of_lines]


@pytest.mark.parametrize(
    ("file", "start", "expected"),
    [
        (
            "generic/pair/jobs/cache.sbatch",
            "#SBATCH --mem=",
            [("generic.yaml:8", "  services.cache.resources.mem: 2G")],
        ),
        (
            "generic/pair/jobs/cache.sbatch",
            "#SBATCH --job-name=",
            [("generic.yaml:1", "  name: pair"), ("generic.yaml:5", "  services.cache: cache")],
        ),
        (
            "meluxina/pair/jobs/cache.sbatch",
            "#SBATCH --account=",
            [
                ("meluxina.yaml:3", "  account: p200981"),
                ("filled in, not in the recipe", "  services.cache.resources.account: p200981"),
            ],
        ),
        (
            "meluxina/pair/jobs/cache.sbatch",
            "#SBATCH --qos=",
            [
                (
                    "filled in, not in the recipe",
                    "  services.cache.resources.qos: default",
                ),
                ("cluster profile meluxina.yaml:23", "  select.cpu.qos: default"),
            ],
        ),
        (
            "generic/pair/jobs/cache.sbatch",
            "GRACE=",
            [("cluster profile generic.yaml:9", "  kill_wait: 30")],
        ),
        (
            "generic/pair/jobs/bench.sbatch",
            "CLIENTS=",
            [("generic.yaml:10", "  clients.bench.clients: 7")],
        ),
        (
            "generic/pair/jobs/cache.sbatch",
            "TUNNEL=",
            [("not in the cluster profile", "  login")],
        ),
        (
            "generic/pair/jobs/cache.sbatch",
            "log() {",
            [("No field of the recipe and no fact of the cluster changes this line.", "")],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_line_names_its_fields(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    start: str,
    expected: list[Shown],
) -> None:
    assert explained(folder, capsys, file, start) == expected


def test_a_fact_comes_with_its_source(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    explained(folder, capsys, "generic/pair/jobs/cache.sbatch", "GRACE=")
    path = folder / "generic/pair/jobs/cache.sbatch"
    number = path.read_text().splitlines().index("GRACE=25") + 1
    assert cli.main(["explain", f"{path}:{number}"]) == OK
    assert "  Source: the default of KillWait in slurm.conf(5).\n" in capsys.readouterr().out


def test_a_recipe_elsewhere_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", f"{folder}/generic.yaml", "-o", f"{tmp_path}/far/away/out"]) == OK
    line = f"{tmp_path}/far/away/out/pair/jobs/cache.sbatch:5"
    assert cli.main(["explain", line]) == USAGE
    assert "name it with --recipe" in capsys.readouterr().err
    assert cli.main(["explain", line, "--recipe", f"{folder}/generic.yaml"]) == OK
    assert f"{folder}/generic.yaml:1\n  name: pair\n" in capsys.readouterr().out


def test_what_a_build_was_told_is_told_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, output = f"{folder}/generic.yaml", f"{tmp_path}/out"
    setting = "services.cache.maxmemory=3gb"
    assert cli.main(["build", recipe, "-o", output, "--set", setting]) == OK
    path = tmp_path / "out/pair/jobs/cache.sbatch"
    lines = path.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "maxmemory 3gb" in line)
    assert cli.main(["explain", f"{path}:{number}", "--recipe", recipe]) == OK
    assert "  services.cache.maxmemory: 3gb\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("generic/pair/jobs/cache.sbatch:9999", "has the lines 1 to "),
        ("generic/pair/jobs/cache.sbatch:0", "has the lines 1 to "),
        ("generic/pair/jobs/none.sbatch:1", "is no file of a bundle"),
        ("generic/pair/manifest.json:1", "is no file of a bundle"),
        ("generic.yaml:1", "is no file of a bundle"),
    ],
)
def test_a_line_that_does_not_exist_is_wrong_usage(
    folder: Path, capsys: pytest.CaptureFixture[str], place: str, why: str
) -> None:
    assert cli.main(["explain", f"{folder}/{place}"]) == USAGE
    assert why in capsys.readouterr().err


def test_an_edited_file_is_a_difference(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = f"{folder}/generic.yaml"
    assert cli.main(["build", recipe, "-o", f"{tmp_path}/out"]) == OK
    path = tmp_path / "out/pair/jobs/cache.sbatch"
    path.write_text(path.read_text().replace("--mem=2G", "--mem=3G"))
    assert cli.main(["explain", f"{path}:5", "--recipe", recipe]) == DIFFERENCES
    assert "is not what" in capsys.readouterr().err


def test_a_recipe_with_problems_says_them(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(RECIPE.format(cluster="generic").replace("aof", "disk"))
    line = f"{folder}/generic/pair/jobs/cache.sbatch:5"
    assert cli.main(["explain", line, "--recipe", str(wrong)]) == PROBLEMS
    assert "HG2" in capsys.readouterr().err
