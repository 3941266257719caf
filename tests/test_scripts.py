"""Every script that can be emitted is clean, short, and holds nothing that it does not use."""

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hpcgen.bundle.tree import File
from hpcgen.check import is_script
from hpcgen.load import load_text
from hpcgen.model.kind import kinds
from hpcgen.plan import plan
from hpcgen.render import render
from hpcgen.resolve import resolve
from hpcgen.validate import validate
from hpcgen.yaml.document import Document

TESTS = Path(__file__).parent
CHILDREN = ("generic", "lab", "./profiles/everything.yaml")
DETACHED = ("./profiles/podman-hpc.yaml", "./profiles/pyxis.yaml")
"""Sites whose runtimes start a program that is no child of the job's script."""

ONE_NODE = 500
"""Lines of a service on one node, which is as many as it takes to be right about other jobs, the
submitting shell, and what may happen once it is ready."""

CLUSTERS = (*CHILDREN, *DETACHED)
PASSWORDS = ({"generate": True}, {"file": "$HOME/.config/a password"})
SERVICES = [
    {
        "kind": "redis", "persistence": persistence, "password": password,
        **({"maxmemory": maxmemory} if maxmemory else {}), **({"port": port} if port else {}),
    }
    for persistence, maxmemory, password, port in product(
        ("none", "aof", "rdb", "both"), (None, "4gb"), PASSWORDS, (None, 16379)
    )
]  # fmt: skip
MANY_RESOURCES = {
    "nodes": 1, "ntasks": 1, "ntasks_per_node": 1, "cpus_per_task": 128, "mem_per_cpu": "2000M",
    "time": "2-00:00:00", "partition": "cpu.long+x", "qos": "normal", "gpus_per_node": 4,
    "constraint": "[rack1*2&rack2*4]|(a&b)", "exclusive": True, "reservation": "maint_2024",
    "account": "p200981", "nodelist": "node[01-03,07],gpu1", "exclude": "node[04-05]",
}  # fmt: skip
FEW_RESOURCES = {
    "cpus_per_task": 2, "mem": "2G", "time": "01:00:00", "account": "p1", "partition": "cpu",
    "qos": "normal",
}  # fmt: skip
FILE = "/images/redis with tools.sif"
CLIENT = {"kind": "redis-benchmark", "target": "s0"}
CLIENTS = [
    CLIENT,
    {**CLIENT, "duration": "10m", "image": FILE},
    {**CLIENT, "tests": ["set"], "pipeline": 16, "resources": MANY_RESOURCES},
]
LLM = {"kind": "vllm", "model": "org/model"}
LLMS = [
    {**LLM, "resources": FEW_RESOURCES},
    {
        **LLM, "tensor_parallel_size": 2, "max_model_len": 8192, "gpu_memory_utilization": 0.9,
        "resources": {**FEW_RESOURCES, "gpus_per_node": 4},
    },
]  # fmt: skip
SECTIONS = ["1. resources", "2. environment", "3. containers", "4. execution"]
FUNCTION = re.compile(r"^ *(\w+)\(\) \{", re.MULTILINE)
OVERRIDDEN = re.compile(r"^([A-Z_]+)=\$\{\1:-", re.MULTILINE)
VALUE = re.compile(r"^(?:declare -A )?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def compiled(services: list[dict[str, object]], cluster: str) -> list[File]:
    """Through every stage between load and check, the judge of which is this test."""
    recipe = {
        "name": "matrix",
        "cluster": cluster,
        "services": {
            **{f"s{number}": service for number, service in enumerate(services)},
            **{f"llm{number}": service for number, service in enumerate(LLMS)},
        },
        "clients": {f"c{number}": client for number, client in enumerate(CLIENTS)},
    }
    if cluster in DETACHED:  # where a SIF is refused
        recipe = json.loads(json.dumps(recipe).replace(FILE, "registry.example.org/redis:8"))
    document: Document = load_text("matrix.yaml", json.dumps(recipe).encode())
    return [*render(plan(resolve(validate(document), TESTS)))]


@cache
def emitted(cluster: str) -> list[File]:
    plain = [{**service, "resources": FEW_RESOURCES} for service in SERVICES]
    return compiled([*plain, {"kind": "redis", "resources": MANY_RESOURCES}], cluster)


def jobs(cluster: str) -> list[File]:
    return [file for file in emitted(cluster) if file.path.startswith("jobs/")]


def code(text: str) -> str:
    """A script without its comments, which use nothing."""
    return re.sub(r"(?m)^ *#.*$|(?<= )# [^'\"\n]*$", "", text)


def shape(text: str) -> str:
    """A script without its values, its name and what is a comment to bash.

    That every value is quoted is shown in unit/test_shell.py; a script of each shape is linted.
    """
    head, _, rest = text.partition(f"# ==== {SECTIONS[2]} ")
    block, _, code = rest.partition(f"# ==== {SECTIONS[3]} ")
    names = " ".join(VALUE.findall(block))
    return re.sub(r"(?m)^#.*\n|(?<![a-zA-Z0-9])s\d+\b", "", f"{head}\n{names}\n{code}")


def test_shellcheck_and_bash_find_nothing(tmp_path: Path) -> None:
    scripts = [file for cluster in CLUSTERS for file in emitted(cluster) if is_script(file)]
    shapes = {shape(file.content): file.content for file in scripts}
    assert 20 < len(shapes) < 150
    files = {str(number): content for number, content in enumerate(shapes.values())}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    program = shutil.which("shellcheck", path=Path(sys.executable).parent)
    assert program
    halves = [list(files)[start::2] for start in range(2)]
    command = [program, "--norc", "-s", "bash", "-S", "style", "-f", "gcc"]
    started = [
        subprocess.Popen([*command, *half], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        for half in halves
    ]
    assert [(process.communicate()[0], process.returncode) for process in started] == [("", 0)] * 2


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_bash_can_parse_every_script(cluster: str, tmp_path: Path) -> None:
    scripts = {str(n): file.content for n, file in enumerate(emitted(cluster)) if is_script(file)}
    for name, content in scripts.items():
        (tmp_path / name).write_text(content)
    parsed = subprocess.run(
        ["bash", "-c", 'for file; do bash -n "$file" || exit; done', "parse", *scripts],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (parsed.returncode, parsed.stderr) == (0, "")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_matrix_has_as_many_jobs_as_it_says(cluster: str) -> None:
    assert len(jobs(cluster)) == len(SERVICES) + 1 + len(LLMS) + len(CLIENTS)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_job_of_one_node_is_short(cluster: str) -> None:
    """At most ONE_NODE lines, the library included, without what a site needs beforehand."""
    lengths = {
        file.path: len(file.content.splitlines()) - len(site_lines(file.content))
        for file in jobs(cluster)
        if file.path.startswith("jobs/s") and "#SBATCH --nodelist" not in file.content
    }
    assert len(lengths) == len(SERVICES)
    assert max(lengths.values()) <= ONE_NODE, lengths


@pytest.mark.parametrize("kind", [name for name, kind in kinds().items() if kind.role == "service"])
def test_the_job_of_every_kind_of_service_is_short(kind: str) -> None:
    scripts = sorted((TESTS.parent / "golden" / kind).glob("minimal-*/jobs/*.sbatch"))
    texts = {str(script): script.read_text(encoding="utf-8") for script in scripts}
    lengths = {path: text.count("\n") - len(site_lines(text)) for path, text in texts.items()}
    assert len(lengths) >= 2
    assert max(lengths.values()) <= ONE_NODE, lengths


def site_lines(text: str) -> list[str]:
    """The lines that a profile's modules and variables add to the environment of a job."""
    environment = text.partition(f"# ==== {SECTIONS[2]} ")[0].partition("\ndie() ")[2]
    return environment.splitlines()[1:]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_line_is_wider_than_a_hundred_columns(cluster: str) -> None:
    """One that is nothing but a value of the recipe is as long as that value."""
    for file in emitted(cluster):
        if is_script(file):
            text = re.sub(r"(?m)^([A-Z]+=)'[^'\n]*'$", r"\1", file.content)
            assert max(len(line) for line in text.splitlines()) <= 100, file.path


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_four_sections_come_in_order(cluster: str) -> None:
    for file in jobs(cluster):
        assert re.findall(r"^# ==== (.*?) =+$", file.content, re.MULTILINE) == SECTIONS


PROJECT = TESTS.parent
REVIEWED = sorted(path for name in ("golden", "output") for path in (
    PROJECT / name).rglob("*.sbatch"))  # fmt: skip


def test_so_they_do_in_every_reviewed_job() -> None:
    """Those of every kind, of shared jobs and of jobs that stop a service."""
    assert len(REVIEWED) > 50
    for path in REVIEWED:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"^# ==== (.*?) =+$", text, re.MULTILINE) == SECTIONS, path


def test_no_reviewed_job_traces_what_it_does() -> None:
    """Whatever shell started it: a trace would show secrets.

    Only output/ holds whole scripts: golden/ names the templates instead of what they say.
    """
    complete = [path for path in REVIEWED if path.is_relative_to(PROJECT / "output")]
    assert len(complete) > 20
    for path in complete:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
        first = next(line for line in lines if not line.startswith("#"))
        assert first == "set +ex -uo pipefail", path
        traced = re.compile(r"\bset -\w*x|xtrace|bash -\w*x")
        assert not [line for line in lines if traced.search(line)], path


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_what_slurm_reads_comes_before_any_command(cluster: str) -> None:
    for file in jobs(cluster):
        lines = file.content.splitlines()
        first = next(number for number, line in enumerate(lines) if line[:1] not in ("#", ""))
        directives = [number for number, line in enumerate(lines) if line.startswith("#SBATCH")]
        assert directives
        assert max(directives) < first
        options = [re.split("[ =]", lines[number])[1] for number in directives]
        assert len(options) == len(set(options)), options


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_what_may_be_set_is_taken_up_once_and_judged_before_it_is_used(cluster: str) -> None:
    overridden = {file.path: OVERRIDDEN.findall(file.content) for file in jobs(cluster)}
    assert overridden["jobs/c0.sbatch"] == ["CLIENTS", "DATA_SIZE", "PIPELINE", "REQUESTS"]
    assert overridden["jobs/llm0.sbatch"] == ["HF_MODEL", "TENSOR_PARALLEL_SIZE"]
    assert overridden["jobs/llm1.sbatch"] == [
        "HF_MODEL", "TENSOR_PARALLEL_SIZE", "MAX_MODEL_LEN", "GPU_MEMORY_FRACTION",
    ]  # fmt: skip
    assert overridden["jobs/s0.sbatch"] == []
    for file in jobs(cluster):
        for name in overridden[file.path]:
            assert VALUE.findall(file.content).count(name) == 1, (file.path, name)
            block, _, rest = file.content.partition(f"# ==== {SECTIONS[3]} ")
            assert not re.search(rf"\(\([^)]*\b{name}\b", block)
            uses = re.findall(rf"^.*\$\{{{name}\b.*$", rest, re.MULTILINE)
            assert uses[0].startswith(f"[[ ${{{name}}} =~ ^"), (file.path, uses[0])


def uncalled(text: str) -> list[str]:
    """The functions that a script defines and never names again."""
    names, rest = FUNCTION.findall(code(text)), code(text)
    return [name for name in names if not re.search(rf"(?<![\w.-]){name}(?!\w|\(\))", rest)]


def unused(text: str) -> list[str]:
    """The values that a script assigns and never reads."""
    names, rest = VALUE.findall(code(text)), code(text)
    return [name for name in names if not re.search(rf"\b{name}\b(?!\+?=)", rest)]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_nothing_is_there_that_is_not_used(cluster: str) -> None:
    scripts = [file for file in emitted(cluster) if is_script(file)]
    assert {file.path: uncalled(file.content) for file in scripts if uncalled(file.content)} == {}
    assert {file.path: unused(file.content) for file in scripts if unused(file.content)} == {}


def test_what_is_not_used_would_be_found() -> None:
    script = """ALPHA=1 # $ALPHA
BETA=(2 3)
declare -A GAMMA=([a]=b)
outer() { # outer
  inner
}
inner() { echo "${BETA[@]}"; }
"""
    assert (uncalled(script), unused(script)) == (["outer"], ["ALPHA", "GAMMA"])


@pytest.mark.parametrize("cluster", CHILDREN)
def test_a_profile_reaches_the_scripts_that_it_speaks_of(cluster: str) -> None:
    text = next(file.content for file in jobs(cluster) if file.path == "jobs/s8.sbatch")
    everything = cluster == CLUSTERS[2]
    assert ("singularity" in text) == everything
    assert ("INTERFACE=ib0.8001" in text) == everything
    assert ("-p 8822" in text) == everything
    assert ("module load" in text) == (cluster != "generic")
    assert ("--unsquash" in text) != everything
    assert ("APPTAINER_TMPDIR" in text) != everything
