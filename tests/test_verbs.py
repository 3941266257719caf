"""The verbs that tell about recipes: list, plan, expand; and the help of every verb."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from hpcgen import cli
from hpcgen.build import Options, compile_recipe, resolve_recipe
from hpcgen.load import load_text
from hpcgen.plan import plan
from hpcgen.plan.sizes.totals import JobTotals, totals
from hpcgen.verbs.completions.commands import commands
from hpcgen.verbs.exit_status import OK, PROBLEMS, USAGE
from hpcgen.yaml.dump import dump

PROJECT = Path(__file__).parent.parent
QUICKSTART = PROJECT / "recipes" / "quickstart.yaml"
RECIPES = [
    *sorted((PROJECT / "recipes").glob("*.yaml")),
    *sorted((PROJECT / "generator" / "hpcgen" / "services").glob("*/cases/*.yaml")),
]
VERBS = [command.name for command in commands(cli.parser())]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(words) == OK
    out, err = capsys.readouterr()
    assert err == ""
    return out


def recipe(tmp_path: Path, resources: str, **lines: str) -> Path:
    path = tmp_path / "demo.yaml"
    head = "".join(f"{key}: {value}\n" for key, value in lines.items())
    entry = f"services:\n  cache:\n    kind: redis\n    resources: {{{resources}}}\n"
    path.write_text(f"name: demo\n{head}{entry}", encoding="utf-8")
    return path


def only(path: Path, cluster: str | None = None) -> JobTotals:
    (job,) = totals(plan(resolve_recipe(path, Options(cluster=cluster)))).jobs
    return job


@pytest.mark.parametrize(
    ("resources", "nodes", "cpus", "memory"),
    [
        ("", 1, 1, None),
        ("nodes: 2, ntasks: 6, cpus_per_task: 8, mem: 4G", 2, 48, 8192),
        ("nodes: 1, ntasks: 3, mem_per_cpu: 1500M", 1, 3, 4500),
        ("mem: 1T", 1, 1, 1024 * 1024),
        ("mem: 1025K", 1, 1, 2),
    ],
)
def test_a_job_is_counted_on_all_of_its_nodes(
    resources: str, nodes: int, cpus: int, memory: int | None, tmp_path: Path
) -> None:
    job = only(recipe(tmp_path, resources))
    assert (job.nodes, job.cpus, job.memory_mib) == (nodes, cpus, memory)


@pytest.mark.parametrize("cluster", ["generic", "lab"])
@pytest.mark.parametrize(
    ("resources", "gpus"),
    [
        ("nodes: 2, gpus_per_node: 4", 8),
        ('nodes: 2, gres: "gpu:a100:3,nvme:2"', 6),
        ("gres: gpu", 1),
        ("gres: nvme:4", 0),
    ],
)
def test_gpus_are_counted_however_they_are_asked_for(
    resources: str, gpus: int, cluster: str, tmp_path: Path
) -> None:
    assert only(recipe(tmp_path, resources), cluster).gpus == gpus


def test_hours_are_those_of_the_time_limit(tmp_path: Path) -> None:
    job = only(recipe(tmp_path, "nodes: 4, gpus_per_node: 2, time: 1-12:30:00"))
    assert (job.node_hours, job.gpu_hours) == (4 * 36.5, 8 * 36.5)


def test_a_plan_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "plan", str(QUICKSTART))
    head, cache, bench, empty, total, _, _, protected, _, _, *settable = out.splitlines()
    assert head.split("  ")[0] == "JOB"
    assert " ".join(cache.split()) == "cache redis 1 2 2G 0 01:00:00 6379-6383 -"
    assert " ".join(bench.split()) == "cache-bench redis-benchmark 1 2 1G 0 00:15:00 - cache"
    assert empty == ""
    assert total == "at most: 2 nodes, 4 CPUs, 3G of memory, 0 GPUs, 1.25 node-hours, 0 GPU-hours"
    assert re.split(r"\s{2,}", protected)[:2] == ["cache", "the cluster, password"]
    assert protected.endswith(
        "a process of its job listens, it takes the password and answers PING"
    )
    assert [re.split(r"\s{2,}", row)[:3] for row in settable] == [
        ["CLIENTS", "cache-bench.clients", "50"],
        ["DATA_SIZE", "cache-bench.data_size", "256"],
        ["PIPELINE", "cache-bench.pipeline", "16"],
        ["REQUESTS", "cache-bench.requests", "100000"],
    ]


def test_a_plan_is_data_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(run(capsys, "plan", str(QUICKSTART), "--format", "json"))
    assert [job["name"] for job in data["jobs"]] == ["cache", "cache-bench"]
    assert data["jobs"][0]["services"][0]["ports"] == [6379, 6380, 6381, 6382, 6383]
    assert data["jobs"][1]["waits_for"] == ["cache"]
    assert data["jobs"][0]["overridable"] == []
    assert data["jobs"][1]["overridable"][0] == {
        "variable": "CLIENTS", "name": "cache-bench", "field": "clients", "default": "50",
        "rule": "a whole number from 1 to 10000",
    }  # fmt: skip
    assert data["totals"] == {
        "nodes": 2, "cpus": 4, "memory_mib": 3072, "gpus": 0, "node_hours": 1.25, "gpu_hours": 0,
    }  # fmt: skip


def test_a_plan_counts_the_rows_of_experiments(capsys: pytest.CaptureFixture[str]) -> None:
    recipe = QUICKSTART.parent / "experiments.yaml"
    lines = [re.split(r"\s{2,}", line) for line in run(capsys, "plan", str(recipe)).splitlines()]
    rows = {line[0]: line[1:] for line in lines if line[0] in ("sizes", "fleets", "growing")}
    assert rows["sizes"][:4] == ["cache-bench", "9", "-", "1"]
    sizes = ["-", "all", "1-4", "4-16", "8G-32G", "0", "00:05:00-00:15:00", "-"]
    assert rows["fleets"][2:] == [*sizes, "1.42 node-hours, 0 GPU-hours"]
    data = json.loads(run(capsys, "plan", str(recipe), "--format", "json"))
    growing = data["experiments"][2]
    assert [run["nodes"] for run in growing["runs"]] == [2, 4, 6, 8]
    assert [run["memory_mib"] for run in growing["runs"]] == [n * 8192 for n in (2, 4, 6, 8)]
    assert growing["totals"]["node_hours"] == pytest.approx(20 * 300 / 3600)
    assert data["totals"]["memory_mib"] == 11 * 1024, "jobs alone: rows are counted by themselves"


def test_a_plan_follows_what_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    setting = "services.cache.port=6390"
    assert " 6390 " in run(capsys, "plan", str(QUICKSTART), "--set", setting)


def test_a_plan_of_a_wrong_recipe_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recipe(tmp_path, "mem: lots")
    assert cli.main(["plan", str(path)]) == PROBLEMS
    out, err = capsys.readouterr()
    assert out == ""
    assert "HG206" in err


@pytest.mark.parametrize("cluster", ["", "lab"])
@pytest.mark.parametrize("file", RECIPES, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_an_expanded_recipe_builds_the_same_bundle(
    file: Path, cluster: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["expand", str(file), *(["--cluster", cluster] if cluster else [])]
    expanded = tmp_path / file.name
    expanded.write_text(run(capsys, *words), encoding="utf-8")
    first = compile_recipe(file, Options(cluster=cluster or None))
    assert first.manifest.files == compile_recipe(expanded, Options()).manifest.files
    assert run(capsys, "expand", str(expanded)) == expanded.read_text(encoding="utf-8")


def test_an_expanded_recipe_leaves_nothing_out(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--cluster", "lab", "--set", "account=p200981")
    data = yaml.safe_load(run(capsys, "expand", str(QUICKSTART), *words))
    assert list(data) == ["name", "description", "cluster", "account", "services", "clients"]
    cache = data["services"]["cache"]
    assert list(cache)[:5] == ["kind", "image", "log_limit", "resources", "expose"]
    assert (cache["readiness"], cache["password"]) == (
        {"stable_for": 0, "interval": "30s", "timeout": 60},
        {"generate": True},
    )
    assert cache["resources"]["account"] == "p200981"
    assert data["clients"]["cache-bench"]["tests"] == ["ping", "set", "get"]


def test_an_expanded_recipe_names_a_profile_file_as_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipes").mkdir()
    path = recipe(tmp_path / "recipes", "")
    lab = PROJECT / "generator" / "hpcgen" / "clusters" / "lab.yaml"
    (tmp_path / "site.yaml").write_bytes(lab.read_bytes())
    monkeypatch.chdir(tmp_path)
    expanded = run(capsys, "expand", str(path), "--cluster", "./site.yaml")
    assert yaml.safe_load(expanded)["cluster"] == "../site.yaml"
    (tmp_path / "recipes" / "demo.yaml").write_text(expanded, encoding="utf-8")
    assert (
        resolve_recipe(path, Options()).profile
        == resolve_recipe(path, Options(cluster="lab")).profile
    )


AWKWARD = [
    "", " ", "a", "no", "Yes", "~", "null", "1", "1.10", "0755", "0o17", "0x1F", "1e3", ".5",
    "12:30", "01:00:00", "1-00:00:00", "2024-01-01", "1_000", "+1", "4gb", "2G", "redis:8.2.2",
    "a: b", "a #b", "#a", "- a", "-", "?", "*a", "&a", "!a", "%a", "@a", "`a`", "{a}", "[a]", "'a'",
    '"a"', "a\\b", "a,b", "=", "<<", "é", "naïve 😀", "$HOME/a b", "~/x", "trailing ", " leading",
    "x" * 300, "word " * 60,
]  # fmt: skip


@pytest.mark.parametrize("text", AWKWARD)
def test_any_text_is_read_back_by_every_reader(text: str) -> None:
    written = dump({"a": text, "b": [text, 1, True, 0.5], "c": {"d": text}})
    data = {"a": text, "b": [text, 1, True, 0.5], "c": {"d": text}}
    assert load_text("a.yaml", written.encode()).data == data
    assert yaml.safe_load(written) == data


def test_repeated_data_is_written_out() -> None:
    shared = {"x": ["z"]}
    assert dump({"b": shared, "a": shared}) == "b:\n  x:\n  - z\na:\n  x:\n  - z\n"


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("services", r"redis +A Redis server on one node"),
        ("clients", r"redis-benchmark +redis-benchmark against"),
        ("clusters", r"lab +apptainer +run +The lab cluster"),
    ],
)
def test_what_there_is_is_listed(what: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "list", what)
    assert re.search(rf"^{line}", out, re.MULTILINE)
    listed = json.loads(run(capsys, "list", what, "--format", "json"))[what]
    assert [entry["name"] for entry in listed] == [line.split()[0] for line in out.splitlines()]
    assert all(entry["description"] in out for entry in listed)


def test_a_problem_in_a_profile_shows_the_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sub").mkdir()
    path = recipe(tmp_path / "sub", "", cluster="./site.yaml")
    (tmp_path / "sub" / "site.yaml").write_text("name: site\ntitle: A site\nkil_wait: 5\n")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate", str(path)]) == PROBLEMS
    assert "sub/site.yaml:3:1\n  |\n2 | title: A site\n3 | kil_wait: 5\n" in capsys.readouterr().err
    assert cli.main(["validate", "sub/demo.yaml", "--format", "github"]) == PROBLEMS
    assert "file=sub/site.yaml,line=3" in capsys.readouterr().out


def test_a_problem_in_a_setting_shows_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", str(QUICKSTART), "--set", "services.cache.port=[1"]) == PROBLEMS
    assert "1 | services.cache.port=[1\n" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_has_examples_that_parse(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([verb, "--help"])
    assert ended.value.code == OK
    examples = re.findall(rf"hpcgen ({verb}\b.*?)(?:   .*|\).*| > .*)?$", examples_of(capsys), re.M)
    assert examples
    for example in examples:
        cli.parser().parse_args(shlex.split(example))


def examples_of(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.partition("\nexamples:\n")[2]


def test_the_help_lists_every_verb_in_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    out = capsys.readouterr().out
    assert re.findall(r"^  ([a-z]+) {2,}\S", out, re.MULTILINE) == VERBS
    for example in re.findall(r"^  hpcgen (.*?)(?:   .*)?$", out, re.MULTILINE):
        cli.parser().parse_args(shlex.split(example))


@pytest.mark.parametrize("words", [["bild"], ["list"], ["plan"], ["completion", "csh"]])
def test_a_wrong_command_line_is_64(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: hpcgen")


@pytest.mark.parametrize(
    "words", [["--help"], ["build", "--help"], ["completion", "bash"], ["explain", "HG104"]]
)
def test_what_needs_no_compiler_imports_none(words: list[str]) -> None:
    program = "import sys\nfrom hpcgen.cli import main\n"
    program += f"try: main({words!r})\nexcept SystemExit: pass\n"
    program += "print(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "hpcgen.cli" in loaded
    assert loaded.isdisjoint({"jinja2", "jsonschema", "yaml", "ruamel.yaml", "hpcgen.build"})
