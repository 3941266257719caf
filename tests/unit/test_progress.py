"""What a run tells Prometheus while it lasts: counts that only grow, and then its result."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path

import progress
import pytest
from progress import Progress

WHO = {"client": "bench", "target": "vectors", "run": 7}
LABELS = 'client="bench",target="vectors",run="7"'
SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)+)\} (\S+)')


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(progress, "FILE", tmp_path / "progress.prom")
    monkeypatch.setattr(progress, "_EVERY", 0.01)
    return tmp_path / "progress.prom"


def samples(file: Path) -> dict[str, float]:
    """Every sample by its name and labels. The samples of each metric stand together."""
    lines = file.read_text().splitlines()
    matches = [SAMPLE.fullmatch(line) for line in lines if not line.startswith("#")]
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(set(families)) == len(families)
    named = [next(family for family in families if m[1].startswith(family)) for m in matches if m]
    assert list(dict.fromkeys(named)) == families
    assert sorted(named, key=families.index) == named
    return {f"{m[1]}{{{m[2]}}}": float(m[3]) for m in matches if m}


def test_requests_are_counted_as_they_end_from_every_thread(file: Path) -> None:
    with Progress(WHO) as run:
        note = run.part("insert")
        send = [lambda: [note(0.002, "") for _ in range(250)]] * 2
        work = [threading.Thread(target=run) for run in (*send, lambda: note(0.0, "refused"))]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        while not file.exists() or samples(file)[f"hpcgen_client_running{{{LABELS}}}"] != 1:
            pass
    values = samples(file)
    count = f'hpcgen_client_requests_total{{{LABELS},part="insert",outcome="%s"}}'
    bucket = f'hpcgen_client_request_seconds_bucket{{{LABELS},part="insert",le="%s"}}'
    assert (values[count % "succeeded"], values[count % "failed"]) == (500, 1)
    assert [values[bucket % edge] for edge in ("0.001", "0.0025", "500", "+Inf")] == [
        0,
        500,
        500,
        500,
    ]
    assert values[f'hpcgen_client_request_seconds_sum{{{LABELS},part="insert"}}'] == pytest.approx(
        1
    )
    assert values[f"hpcgen_client_running{{{LABELS}}}"] == 0


def test_the_result_is_told_by_the_names_of_its_parts(file: Path) -> None:
    figures = {"requests_per_second": 5.5, "latency_ms": {"mean": 2, "max": 9, "p95": 4}}
    with Progress(WHO) as run:
        run.results = {
            "seconds": 1,
            "insert": figures,
            "phases": [{"name": "spike", "requests_per_second": 7}],
        }
    values = samples(file)
    rate = f'hpcgen_client_result_requests_per_second{{{LABELS},part="%s"}}'
    seconds = f'hpcgen_client_result_latency_seconds{{{LABELS},part="insert",figure="%s"}}'
    assert (values[rate % "insert"], values[rate % "spike"]) == (5.5, 7)
    assert (values[seconds % "mean"], values[seconds % "p95"]) == (0.002, 0.004)
    assert seconds % "max" not in values


def test_a_run_that_fails_has_ended_too_and_leaves_nothing_unfinished(file: Path) -> None:
    with pytest.raises(SystemExit), Progress(WHO):
        raise SystemExit("no result")
    assert samples(file) == {f"hpcgen_client_running{{{LABELS}}}": 0}
    assert [path.name for path in file.parent.iterdir()] == ["progress.prom"]


def test_a_file_that_cannot_be_written_does_not_end_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FILE", tmp_path / "nowhere" / "progress.prom")
    with Progress(WHO) as run:
        run.part()(1.0, "")
    assert not list(tmp_path.iterdir())


def test_bash_and_python_describe_what_they_tell_alike(tmp_path: Path) -> None:
    """An exporter that reads both drops what is described in two ways."""
    library = Path(progress.__file__).parents[1] / "lib" / "progress.sh"
    line = "SET\t100\t5.5\tp50\t2"
    script = f'. "$0" && printf "%s\\n" "{line}" | progress 1 && progress_ends'
    variables = {
        "NAME": "bench",
        "TARGET": "vectors",
        "SLURM_JOB_ID": "7",
        "RESULTS": str(tmp_path),
    }
    subprocess.run(["bash", "-c", script, library], env={**os.environ, **variables}, check=True)
    text = (tmp_path / "progress.prom").read_text()
    values = samples(tmp_path / "progress.prom")
    seconds = f'hpcgen_client_result_latency_seconds{{{LABELS},part="SET",figure="p50"}}'
    assert (values[seconds], values[f"hpcgen_client_running{{{LABELS}}}"]) == (0.002, 0)
    about = [line.split(maxsplit=3)[2:] for line in text.splitlines() if "# HELP" in line]
    assert len(about) == 4
    assert all(progress._ABOUT[name].partition(" ")[2] == what for name, what in about)
