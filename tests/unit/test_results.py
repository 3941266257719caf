"""`hpcgen report`: ceilings and efficiencies as computed by hand, and the files that it writes."""

from __future__ import annotations

import csv
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hpcgen import cli, results
from hpcgen.results.results import Result
from hpcgen.results.scaling import band, compare, hosts, invalid_reason, is_even, series
from hpcgen.verbs.exit_status import OK, PROBLEMS, USAGE
from jsonschema import Draft202012Validator

from tests.unit.scaling_results import leave, point, result, runs, spread

SCHEMA = json.loads((files("hpcgen.services") / "openenv_scaling/result.schema.json").read_text())
PNG = b"\x89PNG\r\n"


def made(data: dict[str, Any]) -> Result:
    return Result(Path("results"), data)


def report(tmp_path: Path, *results: dict[str, Any], plots: str = "none", **more: str) -> Path:
    """The folder of the report on these results."""
    leave(tmp_path / "results", *results)
    options = [word for name, value in more.items() for word in (f"--{name}", value)]
    argv = ["report", str(tmp_path / "results"), "-o", str(tmp_path / "report")]
    assert cli.main([*argv, "--plots", plots, *options]) == OK
    return tmp_path / "report"


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / f"{name}.csv").read_text().splitlines()))


@pytest.mark.parametrize("data", runs(), ids=lambda data: str(data["job_id"]))
def test_the_results_of_these_tests_are_such_as_the_client_leaves(data: dict[str, Any]) -> None:
    ceilings = [{"mode": "ws", "wait_seconds": 1.0, "sessions": 1000}]
    Draft202012Validator(SCHEMA).validate({**data, "ceilings": ceilings})


def test_ceilings_factors_and_efficiencies_are_those_of_hand(tmp_path: Path) -> None:
    rows = table(report(tmp_path, *runs()), "ceilings")
    figures = [(row["ceiling"], row["scaling_factor"], row["efficiency"]) for row in rows]
    assert figures == [("1000", "1.0", "1.0"), ("1900", "1.9", "0.95"), ("3600", "3.6", "0.9")]
    assert [row["verdict"][:11] for row in rows] == ["the base", "90 to 100 %", "90 to 100 %"]
    assert [row["at_least"] for row in rows] == ["no"] * 3
    assert [row["p99_below_twice_wait"] for row in rows] == ["yes", "yes", "yes"]


@pytest.mark.parametrize(
    ("efficiency", "words"),
    [
        (0.5, "below 90 %: significant overhead"),
        (0.8999, "below 90 %"),
        (0.9, "90 to 100 %: good linear scaling"),
        (1.0, "90 to 100 %"),
        (1.0001, "above 100 %: suspicious"),
    ],
)
def test_the_bands_of_efficiency(efficiency: float, words: str) -> None:
    assert band(efficiency).startswith(words)


def test_a_load_is_held_by_all_its_repetitions_together() -> None:
    points = [point(100, 100, spread(100, 1), 1.2), point(100, 88, spread(88, 1), 3.0, 2)]
    (one,) = series(made(result(1, points, 1)), 0.95)
    assert (one.sessions, one.loads[0].success) == (0, 0.94)
    (one,) = series(made(result(1, points, 1)), 0.94)
    assert one.ceiling
    assert (one.sessions, one.ceiling.p99, one.ceiling.rate) == (100, 3.0, 47.0)
    assert not one.is_prompt, "3 s are not below 2 x (1 + 0.5) s"


def test_a_grid_that_ends_below_the_ceiling_gives_no_figure_to_compare_with() -> None:
    low = made(result(1, [point(100, 100, spread(100, 1), 1.2)], 1))
    high = made(runs()[2])
    every = compare([one for run in (low, high) for one in series(run, 0.95)])
    assert every[1].verdict == "unknown: the grid of scaling-1 ended below its ceiling"
    open_end = made(result(4, [point(3600, 3600, spread(3600, 4), 1.5)], 9))
    every = compare([one for run in (made(runs()[0]), open_end) for one in series(run, 0.95)])
    assert every[1].verdict == "at least this: the grid ended below the ceiling"


def test_where_no_run_has_one_worker_the_fewest_are_the_base() -> None:
    every = compare([one for data in runs()[1:] for one in series(made(data), 0.95)])
    assert [comparison.factor for comparison in every] == [2.0, 3600 / 950]
    assert every[1].efficiency == pytest.approx(0.947, abs=0.001)


def test_a_run_that_reached_one_host_of_several_is_invalid_whatever_it_says(tmp_path: Path) -> None:
    one_host = [point(n, min(n, 3700), {"n1:8000": n}, 1.5) for n in (3600, 8000)]
    lone = result(4, one_host, 8)
    assert invalid_reason(made(lone)) == "all sessions went to one of 4 workers"
    folder = report(tmp_path, runs()[0], lone)
    row = table(folder, "ceilings")[1]
    assert (row["verdict"], row["efficiency"]) == (
        "invalid: all sessions went to one of 4 workers",
        "",
    )
    text = (folder / "report.md").read_text()
    assert "**Status:** **INVALID**: all sessions went to one of 4 workers" in text


def test_what_a_run_says_of_itself_is_believed() -> None:
    invalid = result(2, runs()[1]["points"], 3, valid=False, remarks=["2 sessions reached 1 of 2"])
    assert invalid_reason(made(invalid)) == "2 sessions reached 1 of 2"
    every = compare([*series(made(runs()[0]), 0.95), *series(made(invalid), 0.95)])
    assert (every[1].factor, every[1].verdict) == (None, "invalid: 2 sessions reached 1 of 2")


def test_hosts_are_counted_over_all_points(tmp_path: Path) -> None:
    counts = hosts(made(runs()[1]))
    assert counts == {"n1:8000": 1350, "n2:8000": 1350}
    assert is_even(counts)
    assert is_even({"a": 95, "b": 105})
    assert not is_even({"a": 94, "b": 106})
    rows = table(report(tmp_path, runs()[1]), "hosts")
    assert [tuple(row.values()) for row in rows] == [
        ("scaling-2", "n1:8000", "1350", "0.5"),
        ("scaling-2", "n2:8000", "1350", "0.5"),
    ]


def test_the_log_entry_has_the_parts_of_the_template(tmp_path: Path) -> None:
    text = (report(tmp_path, *runs()[:2]) / "report.md").read_text()
    for part in (
        "## Run: 2026-01-02-slurm-single",
        "## Run: 2026-01-02-slurm-multi",
        "**Infrastructure:** slurm-multi",
        "**Start:** 2026-01-02T03:04:05+00:00",
        "**End:** 2026-01-02T03:14:05+00:00",
        "**Status:** Complete",
        "- Nodes: 2 (n1 n2)",
        "- CPUs per node: 48",
        "- Workers per node: 48",
        "- URL: `http://n0:8000`",
        "| wait_s | Max Batch | p99 Latency | Success % | RPS |",
        "| 1 | 1900 | 1.500 s | 100.0 | 950.0 |",
        "- Raw data: [raw.jsonl](<../results/scaling/2/raw.jsonl>)",
        "- Summary CSV: [summary.csv](<../results/scaling/2/summary.csv>)",
        "- Unique hosts seen: 2 of 2",
        "- Load distribution: even",
        "- ws, 1 s: efficiency 95.0%; 90 to 100 %: good linear scaling",
        "n1:8000      1350  ##############################",
    ):
        assert f"{part}\n" in text or f"{part}  \n" in text, part


def test_every_point_is_in_the_table_of_points(tmp_path: Path) -> None:
    rows = table(report(tmp_path, *runs()), "points")
    assert [(row["run"], row["num_requests"]) for row in rows[:4]] == [
        ("scaling-1", "500"),
        ("scaling-1", "1000"),
        ("scaling-1", "2000"),
        ("scaling-2", "1000"),
    ]
    assert rows[2]["error_rate"] == "0.5"


def test_the_plots_show_what_they_are_of_and_are_the_same_each_time(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
        report(folder, *runs(), plots="svg")
    one, other = (folder / "report" for folder in folders)
    assert {path.name for path in one.glob("*.svg")} == {"load-ws-1s.svg", "efficiency.svg"}
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes(), path.name
    text = (one / "load-ws-1s.svg").read_text()
    for words in ("sessions begun at once", "latency of a session (s)", "4 workers: scaling-4"):
        assert f"<!-- {words} -->" in text
    assert "![efficiency](efficiency.svg)" in (one / "report.md").read_text()


def test_plots_may_be_png(tmp_path: Path) -> None:
    folder = report(tmp_path, *runs(), plots="png")
    assert (folder / "efficiency.png").read_bytes().startswith(PNG)


def test_without_matplotlib_the_tables_are_there_and_what_to_do_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "hpcgen.results.plots", raising=False)
    monkeypatch.delattr(results, "plots", raising=False)
    folder = report(tmp_path, *runs(), plots="svg")
    assert (
        "no plots, there is no matplotlib: pip install 'hpcgen[report]'" in capsys.readouterr().err
    )
    assert not [*folder.glob("*.svg")]
    assert len(table(folder, "ceilings")) == 3


def test_the_table_and_the_path_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = report(tmp_path, *runs())
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == str(folder)
    assert lines[3].split()[:7] == ["scaling-4", "ws", "1", "4", "3600", "3.60", "90.0%"]


def test_another_share_of_success_gives_another_ceiling(tmp_path: Path) -> None:
    rows = table(report(tmp_path, *runs(), success="0.4"), "ceilings")
    assert [row["ceiling"] for row in rows] == ["2000", "4000", "8000"]


def redis(job: int, rate: float, clients: int) -> dict[str, Any]:
    parameters = {"clients": clients, "pipeline": 1}
    tests = [{"name": "GET", "requests_per_second": rate, "latency_ms": {"p99": 0.5}}]
    who = {"client": "bench", "kind": "redis-benchmark", "target": "cache", "job_id": job}
    return {**who, "parameters": parameters, "tests": tests}


def test_results_of_other_clients_stand_side_by_side(tmp_path: Path) -> None:
    folder = report(tmp_path, redis(1, 1000.5, 50), redis(2, 2000.0, 100), *runs()[:1])
    rows = table(folder, "redis-benchmark")
    assert [row["tests.GET.requests_per_second"] for row in rows] == ["1000.5", "2000.0"]
    assert [row["parameters.pipeline"] for row in rows] == ["1", "1"]
    text = (folder / "report.md").read_text()
    assert "# redis-benchmark\n\n|  | bench-1 | bench-2 |" in text
    assert "| parameters.clients | 50 | 100 |" in text
    assert "parameters.pipeline" not in text, "what is the same in all tells nothing"
    assert "| tests.GET.latency\\_ms.p99 | 0.5 | 0.5 |" in text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "there is no result.json; name a directory of results/"),
        ("{", "it cannot be read"),
        ("[]", "it is not the result of a client"),
        ('{"a": 1}', "no kind, client or job_id"),
    ],
)
def test_what_is_no_result_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "result.json").write_text(content)
    assert cli.main(["report", str(tmp_path), "-o", str(tmp_path / "report")]) == PROBLEMS
    error = capsys.readouterr().err
    assert error.startswith(f"hpcgen report: {tmp_path}")
    assert why in error
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("share", ["0", "1.1", "x"])
def test_a_share_is_above_none_and_at_most_all(share: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["report", "x", "--success", share])
    assert ended.value.code == USAGE
