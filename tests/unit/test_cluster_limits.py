"""What a cluster allows: the limits themselves pass, silence refuses nothing, and provenance."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe
from hpcgen.clusters import built_in
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.load import load_text
from hpcgen.model.resources import gpus_per_node
from hpcgen.resolve import profiles

ROOT = Path(__file__).parents[2]
RECIPE = """\
name: demo
cluster: {cluster}
account: p200981
services:
  cache: {{kind: redis, resources: {resources}}}
"""
PROFILE = """\
name: site
title: A site
{facts}
provenance:
  - {{facts: {sourced}, source: made up for this test, confidence: C}}
"""


@pytest.fixture
def job(tmp_path: Path) -> Any:
    """Compile a service with these resources, on a built-in cluster or one with these facts."""

    def compiled(resources: str, cluster: str = "meluxina", facts: str = "") -> str:
        if facts:
            cluster = "./site.yaml"
            named = list(load_text("facts", facts.encode()).data)
            text = PROFILE.format(facts=facts, sourced=json.dumps(named))
            (tmp_path / "site.yaml").write_text(text)
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(RECIPE.format(cluster=cluster, resources=resources))
        bundle = compile_recipe(recipe, Options())
        return next(file.content for file in bundle.tree if file.path == "jobs/cache.sbatch")

    return compiled


def directives(script: str) -> list[str]:
    return [line.removeprefix("#SBATCH --") for line in script.splitlines() if "#SBATCH" in line]


def refused(compiling: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(RecipeError) as caught:
        compiling()
    return caught.value.diagnostics


def test_a_redis_server_on_meluxina(job: Any) -> None:
    script = job('{cpus_per_task: 4, mem: 8G, time: "01:00:00"}')
    assert directives(script) == [
        "job-name=demo-cache",
        "account=p200981",
        "partition=cpu",
        "qos=default",
        "nodes=1",
        "ntasks=1",
        "cpus-per-task=4",
        "mem=8G",
        "time=01:00:00",
        "signal=B:USR1@85",
        "output=%x-%j.log",
        "open-mode=append",
        "no-requeue",
    ]
    environment = script.partition("# ==== 2.")[2].partition("# ==== 3.")[0].splitlines()
    load = "module load env/release/2023.1 Apptainer/1.3.1-GCCcore-12.3.0"
    assert environment[-4:] == [
        "module --force purge",
        f"{load} ||",
        '  die 78 "cannot load these modules of the site"',
        "export PMIX_MCA_psec=native",
    ]


def test_gpus_select_the_partition_that_has_them(job: Any) -> None:
    lines = directives(job("{gpus_per_node: 4}"))
    assert {"partition=gpu", "qos=default", "gres=gpu:4"} <= set(lines)


def test_the_recipes_word_is_nearer_than_what_the_profile_selects(job: Any) -> None:
    lines = directives(job('{gres: "gpu:2", partition: gpu, qos: short}'))
    assert {"partition=gpu", "qos=short", "gres=gpu:2"} <= set(lines)
    assert {"partition=largemem", "qos=default"} <= set(directives(job("{partition: largemem}")))


@pytest.mark.parametrize(
    "resources",
    [
        '{time: "48:00:00"}',
        '{time: "2-00:00:00"}',
        '{time: "144:00:00", qos: long}',
        "{nodes: 1, qos: dev}",
        "{cpus_per_task: 256, mem: 480G}",
        "{nodes: 2, ntasks: 8, cpus_per_task: 64}",
        "{mem_per_cpu: 1920M, cpus_per_task: 240}",
        "{nodes: 9, ntasks: 1, qos: dev}",
        "{mem_per_cpu: 1920M, cpus_per_task: 4, exclusive: true}",
        "{gpus_per_node: 4, cpus_per_task: 128}",
        "{partition: gpu}",
        "{partition: largemem, mem: 4T}",
    ],
)
def test_a_limit_itself_is_allowed(job: Any, resources: str) -> None:
    assert job(resources)


ABSURD = '{nodes: 9999, cpus_per_task: 4096, mem: 999T, gpus_per_node: 64, time: "999-00:00:00"'


@pytest.mark.parametrize(
    ("facts", "more"),
    [
        ("arch: x86_64", ", partition: any, qos: any}"),
        ("partitions: {any: {}}\nqos: {any: {}}", ", partition: any, qos: any}"),
        ("partitions: {other: {cpus: 1, default: false}}\nqos: {other: {max_nodes: 1}}", "}"),
    ],
)
def test_silence_refuses_nothing(job: Any, facts: str, more: str) -> None:
    assert job(ABSURD + more, facts=facts)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ("partitions: {p: {max_nodes: 1, default: true}}", "HG413"),
        ("partitions: {p: {default: true, default_qos: q}}\nqos: {q: {max_nodes: 1}}", "HG413"),
        ("default_qos: q\nqos: {q: {max_nodes: 1}}", "HG413"),
        ("resources: {partition: p}\npartitions: {p: {max_nodes: 1}}", "HG413"),
        ("resources: {partition: p}\npartitions: {q: {}}", "HG410"),
        (
            "resources: {qos: q}\nqos: {q: {partitions: [p]}}\npartitions: {p: {max_nodes: 1}}",
            "HG413",
        ),
    ],
)
def test_what_slurm_or_the_profile_decides_is_judged_too(job: Any, facts: str, code: str) -> None:
    problems = refused(lambda: job("{nodes: 2}", facts=facts))
    assert [problem.code for problem in problems] == [code]


def test_a_time_limit_over_two_limits_is_told_twice(job: Any) -> None:
    facts = 'partitions: {p: {default: true, max_time: "01:00:00"}}\n'
    facts += 'default_qos: q\nqos: {q: {max_time: "02:00:00"}, r: {max_time: "09:00:00"}}'
    problems = refused(lambda: job('{time: "03:00:00"}', facts=facts))
    assert [problem.hint for problem in problems] == [
        "give at most 01:00:00",
        "`qos: r` allows it, up to 09:00:00; or give at most 02:00:00",
    ]


def test_a_hint_names_no_qos_that_is_given_by_arrangement(job: Any) -> None:
    (problem,) = refused(lambda: job('{qos: short, time: "12:00:00"}'))
    assert problem.hint == "`qos: default` allows it, up to 48:00:00; or give at most 06:00:00"


def test_a_problem_of_all_jobs_is_told_once() -> None:
    (case,) = (ROOT / "tests" / "invalid_recipes").glob("HG410*-for-all-jobs.yaml")
    assert len(refused(lambda: compile_recipe(case, Options()))) == 1


def test_what_is_forbidden_is_not_taken_from_a_kinds_defaults(job: Any) -> None:
    facts = "forbid: {nodes: the site counts them}"
    assert not [line for line in directives(job("{}", facts=facts)) if line.startswith("nodes")]
    assert job("{exclusive: false}", facts="forbid: {exclusive: nodes are shared}")


@pytest.mark.parametrize(
    ("directive", "partition", "line"),
    [
        ("gres", "{gpus: 4, gpu_model: gh200, default: true}", "gres=gpu:4"),
        ("gres-typed", "{gpus: 4, gpu_model: gh200, default: true}", "gres=gpu:gh200:4"),
        ("gres-typed", "{gpus: 4, default: true}", "gres=gpu:4"),
        ("gpus-per-node", "{gpus: 4, default: true}", "gpus-per-node=4"),
    ],
)
def test_gpus_are_asked_for_as_the_site_wants(
    job: Any, directive: str, partition: str, line: str
) -> None:
    facts = f"gpu_directive: {directive}\npartitions: {{booster: {partition}}}"
    assert line in directives(job("{gpus_per_node: 4}", facts=facts))


@pytest.mark.parametrize(
    ("resources", "gpus"),
    [
        ({}, 0),
        ({"gpus_per_node": 4}, 4),
        ({"gres": "gpu"}, 1),
        ({"gres": "gpu:a100"}, 1),
        ({"gres": "gpu:a100:3"}, 3),
        ({"gres": "gpu:a100:1,gpu:h100:2"}, 3),
        ({"gres": "tmpdir:200"}, 0),
    ],
)
def test_gpus_of_a_node(resources: dict[str, Any], gpus: int) -> None:
    assert gpus_per_node(resources) == gpus


def test_a_sites_variables_are_quoted(job: Any) -> None:
    script = job("{}", facts="environment: {NCCL_NET: 'AWS Libfabric', FI_X: 'a;b#c'}")
    assert "\nexport NCCL_NET='AWS Libfabric'\nexport FI_X='a;b#c'\n" in script


@pytest.mark.parametrize(
    ("value", "code"),
    [("$(id)", "HG206"), ("'`id`'", "HG206"), (r'"a\nb"', "HG206"), ("1", "HG203")],
)
def test_a_sites_variable_is_text_that_means_itself(job: Any, value: str, code: str) -> None:
    (problem,) = refused(lambda: job("{}", facts=f"environment: {{A: {value}}}"))
    assert problem.code == code


def test_a_sites_own_modules_are_found_before_they_are_loaded(job: Any) -> None:
    script = job("{}", facts="modules: {use: [/appl/modules, $HOME/mine], load: [tool/1]}")
    lines = script.partition("module --force purge\n")[2].splitlines()
    assert lines[:2] == ['module use "/appl/modules"', 'module use "${HOME}/mine"']
    assert lines[2].startswith("module load tool/1 ")


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "BASH_ENV", "HPCGEN_RUN_DIR", "A-B", "1A"])
def test_a_variable_that_a_job_lives_on_is_refused(job: Any, name: str) -> None:
    (problem,) = refused(lambda: job("{}", facts=f"environment: {{{name}: x}}"))
    assert problem.code == "HG206"


def leaves(facts: Any, path: str = "") -> Iterator[str]:
    if isinstance(facts, dict) and facts:
        for name, fact in facts.items():
            yield from leaves(fact, f"{path}.{name}" if path else name)
    else:
        yield path


def speaks_for(named: str, fact: str) -> bool:
    return fact == named or fact.startswith(f"{named}.")


@pytest.mark.parametrize("name", built_in())
def test_every_fact_has_a_source_and_every_source_a_fact(name: str) -> None:
    text = (files("hpcgen") / "clusters" / f"{name}.yaml").read_bytes()
    data = load_text(name, text).data
    facts = [f for f in leaves(data) if f.split(".")[0] not in ("name", "title", "provenance")]
    named = [fact for entry in data["provenance"] for fact in entry["facts"]]
    assert [f for f in facts if sum(speaks_for(source, f) for source in named) != 1] == []
    assert [source for source in named if not any(speaks_for(source, f) for f in facts)] == []


def test_a_fact_is_named_at_any_depth(tmp_path: Path) -> None:
    text = PROFILE.format(
        facts="login: {host: h}\nqos:\n  a: {max_nodes: 1, max_jobs: 1}\n  b: {max_nodes: 2}",
        sourced="[login.host, qos.a.max_nodes]",
    )
    path = tmp_path / "site.yaml"
    path.write_text(text)
    problems = refused(lambda: profiles.load_profile("./site.yaml", tmp_path, None))
    assert [(problem.code, problem.message) for problem in problems] == [
        ("HG210", "`qos.a.max_jobs` has no source"),
        ("HG210", "`qos.b` has no source"),
    ]


def test_a_profile_may_require_or_forbid_every_resource() -> None:
    schemas = files("hpcgen.schemas")
    cluster = json.loads((schemas / "cluster.schema.json").read_text())
    definitions = json.loads((schemas / "definitions.schema.json").read_text())
    resources = definitions["$defs"]["resources"]["properties"]
    assert cluster["$defs"]["resource"]["enum"] == list(resources)
