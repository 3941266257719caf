"""The schemas: one truth for the compiler, for editors and for the reference."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hpcgen import schema
from hpcgen.balancers import balancers
from hpcgen.clusters import built_in
from hpcgen.load import load_text
from hpcgen.model.kind import kinds
from hpcgen.resolve.profiles import load_profile
from hpcgen.schema.validator import accepts
from hpcgen.validate import validate_profile
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "generator" / "hpcgen"
FILES = [
    *sorted((PROJECT / "schemas").glob("*.json")),
    *sorted(PACKAGE.glob("services/*/schema.json")),
    *sorted(PACKAGE.glob("balancers/*/schema.json")),
]
KINDS = sorted(kinds())
EVERY_KIND = {**kinds(), **balancers()}
PROFILES = sorted((PACKAGE / "clusters").glob("*.yaml"))


def read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def named(file: Path) -> str:
    return f"{file.parent.name}-{file.stem}"


def parts(part: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a schema file, by its path; what is only data is left out."""
    if isinstance(part, dict):
        yield path, part
        for key, value in part.items():
            if key not in ("default", "enum", "const", "examples"):
                yield from parts(value, f"{path}/{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from parts(value, f"{path}/{index}")


def properties(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, part in parts(read(file)):
        named = part.get("properties", {})
        if not path.endswith("/properties"):
            yield from ((f"{path}/{name}", schema.deref(rules)) for name, rules in named.items())


def registry() -> Registry[Any]:
    files = (read(file) for file in FILES)
    return Registry().with_resources(
        (file["$id"], Resource.from_contents(file)) for file in files if "$id" in file
    )


def standard(file: dict[str, Any]) -> Any:
    """What any other validator makes of the file."""
    return Draft202012Validator(file, registry=registry())


def one_group(pattern: str) -> bool:
    """Whether no `|` stands outside of every group, where it would leave an end unanchored."""
    depth, plain = 0, re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern)
    for character in plain:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            return False
    return True


@pytest.mark.parametrize("file", FILES, ids=named)
def test_is_json_schema_2020_12(file: Path) -> None:
    assert read(file)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(read(file))


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_property_is_described(file: Path) -> None:
    by_path = dict(properties(file))
    assert by_path
    assert [path for path, rules in by_path.items() if not rules.get("description")] == []
    assert [path for path, rules in by_path.items() if rules["description"][-1] not in ".`"] == []


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_default_fits_its_own_schema(file: Path) -> None:
    for path, rules in properties(file):
        if "default" in rules:
            assert accepts(rules, rules["default"]), path


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_pattern_is_anchored_at_both_ends(file: Path) -> None:
    for path, part in parts(read(file)):
        pattern = part.get("pattern")
        if isinstance(pattern, str):
            assert pattern.startswith("^"), path
            assert pattern.endswith(("$", r"$(?!\n)")), path
            assert one_group(pattern), path


@pytest.mark.parametrize("file", FILES, ids=named)
def test_no_reference_leaves_the_package(file: Path) -> None:
    resolver = registry().resolver(base_uri=read(file).get("$id", ""))
    for path, part in parts(read(file)):
        if "$ref" in part:
            assert part["$ref"].startswith(("hpcgen:", "#")), path
            assert resolver.lookup(part["$ref"]).contents


def test_a_reference_elsewhere_is_never_fetched() -> None:
    elsewhere = {"$ref": "https://example.org/schema.json"}
    with pytest.raises(Exception, match="Unresolvable"):
        accepts(elsewhere, 1)


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_object_is_closed(file: Path) -> None:
    """A misspelt key is an error, wherever it stands."""
    for path, part in parts(read(file)):
        is_base = path.startswith("/$defs/") and path.count("/") == 2
        if part.get("type") == "object" and path.split("/")[-1] != "properties":
            closed = {"additionalProperties", "unevaluatedProperties"} & set(part)
            opened = "properties" not in part or (is_base and "kind" in part["properties"])
            assert closed or opened, path


ENTRIES: dict[str, list[dict[str, Any]]] = {
    "redis": [
        {}, {"port": 1023}, {"port": 1024}, {"port": 65535}, {"port": 65536}, {"port": "6379"},
        {"port": True}, {"port": None}, {"persistence": "aof"}, {"persistence": "AOF"},
        {"kind": "redi"}, {"maxmemory": "4gb"}, {"maxmemory": "4GB"}, {"maxmemory": 4},
        {"maxmemory": "0gb"}, {"maxmemory_policy": "volatile-ttl"}, {"maxmemory_policy": ""},
        {"target": "cache"}, {"password": {"generate": True}}, {"password": {"generate": False}},
        {"password": {}}, {"password": {"file": "~/x"}}, {"password": {"file": "x"}},
        {"password": "x"}, {"password": {"file": "~/x", "generate": True}},
        {"password": {"env": "X"}}, {"password": {"file": "/a/../b"}},
        {"password": {"file": "/a/.."}}, {"password": {"file": "/a/..b"}},
        {"password": {"file": "$HOME"}}, {"password": {"file": "$HOMES/x"}},
        {"password": {"file": "/a/$USER/b"}}, {"password": {"file": "/a/$USERS"}},
        {"password": {"file": "/a//b"}}, {"password": {"file": "/"}}, {"image": "redis:8"},
        {"image": "redis"}, {"image": "/x/y z.sif"}, {"image": "$HOME"},
        {"image": "docker://a/b@sha256:" + "0" * 64}, {"image": "docker://a/b@sha256:0"},
        {"image": "-x:1"}, {"resources": {}}, {"resources": {"nodes": 1}},
        {"resources": {"nodes": 0}}, {"resources": []}, {"resources": {"time": "01:00:00"}},
        {"resources": {"time": "1:00"}}, {"resources": {"time": 60}}, {"resources": {"mem": "4G"}},
        {"resources": {"mem": "4GB"}}, {"resources": {"node": 1}},
        {"resources": {"gres": "gpu:a100:4,shard:2"}}, {"resources": {"gres": "gpu: 4"}},
        {"resources": {"constraint": "[a*2&b]|c"}}, {"resources": {"constraint": "a b"}},
        {"resources": {"nodelist": "n[1-3,7]"}}, {"resources": {"nodelist": "$(id)"}},
        {"resources": {"exclusive": True}}, {"resources": {"exclusive": "user"}},
        {"readiness": {"timeout": "10m"}}, {"readiness": {"timeout": 600}},
        {"readiness": {"timeout": 0}}, {"readiness": {"timeout": "0m"}},
        {"readiness": {"timeout": "10 m"}}, {"readiness": {"http": "/"}}, {"description": "a"},
        {"description": "a\nb"}, {"description": "x" * 201}, {"description": 1},
    ],
    "container": [
        {}, {"port": 80}, {"image": 1}, {"command": []}, {"command": ["a", 1, 1.5]},
        {"command": ["a", True]}, {"command": [None]}, {"command": [{"port": "port"}]},
        {"command": [{"port": "a", "host": "b"}]}, {"command": [{"prot": "a"}]},
        {"args": [{"dir": "data"}]}, {"args": [{"dir": "home"}]}, {"args": [{"slurm": "job_id"}]},
        {"args": "x"}, {"env": {"A": "b"}}, {"env": {"A-B": "c"}}, {"env": {"A": ["b"]}},
        {"env": {"A": {"secret": "B"}}}, {"env": {"A": {"secret": "b"}}},
        {"secrets": {"A": {"env": "A"}}}, {"secrets": {"A": {"env": "A B"}}},
        {"secrets": {"a": {"generate": True}}}, {"secrets": {"A": "x"}},
        {"binds": ["/a:/b"]}, {"binds": ["/a:/b:ro"]}, {"binds": ["/a"]}, {"binds": ["/a:/b:rx"]},
        {"binds": ["$HOME/x y:/b"]}, {"binds": ["$(id):/b"]}, {"after": ["a"]},
        {"after": ["a", "a"]}, {"labels": {"a": "b"}}, {"labels": {"a-b": "c"}},
        {"expose": "job"}, {"expose": "world"}, {"ports": {"a": 1024}}, {"ports": {"a": 80}},
        {"readiness": {"http": "/"}}, {"readiness": {"http": "x"}}, {"readiness": {"tcp": True}},
        {"readiness": {"tcp": False}}, {"readiness": {"log": ""}}, {"readiness": {"log": "up"}},
        {"readiness": {"command": ["a"]}}, {"readiness": {"command": []}},
        {"readiness": {"stable_for": 0}}, {"readiness": {"stable_for": -1}},
        {"connection": {"URL": "url"}}, {"connection": {"URL": "x"}}, {"scheme": "http"},
        {"scheme": "HTTP"}, {"keep_data": False}, {"keep_data": "no"},
    ],
    "vllm": [
        {}, {"model": "a b"}, {"model": "/models/x"}, {"model": "$SCRATCH/x"}, {"model": ""},
        {"tensor_parallel_size": 0}, {"tensor_parallel_size": 4}, {"max_model_len": 1.5},
        {"gpu_memory_utilization": 0}, {"gpu_memory_utilization": 0.5},
        {"gpu_memory_utilization": 1.5}, {"api_key": {"env": "KEY"}}, {"api_key": "sk"},
        {"offline": True}, {"offline": "yes"}, {"hf_cache": "x"},
    ],
    "command": [
        {}, {"command": []}, {"per": "node"}, {"per": "rack"}, {"image": "a:1"}, {"port": 8080},
        {"duration": "1m"}, {"duration": "1000d"},
    ],
    "mysql": [
        {}, {"database": "a_1"}, {"database": "a-1"}, {"database": "mysql"}, {"database": "mysql2"},
        {"database": "x" * 64}, {"database": "x" * 65}, {"user": "root"}, {"user": "roots"},
        {"user": "a`b"}, {"password": {"env": "X"}}, {"password": "x"}, {"init_sql": ""},
        {"init_sql": "SELECT 1;\n"}, {"keep_data": "yes"}, {"keep_data": False},
        {"innodb_buffer_pool_size": "4G"}, {"innodb_buffer_pool_size": 4},
        {"max_connections": 0}, {"max_connections": 1},
    ],
    "mysql-benchmark": [
        {}, {"clients": 0}, {"clients": 1}, {"rows": 1000000}, {"rows": 1000001},
        {"transactions": 0}, {"duration": "1m"}, {"tests": ["set"]},
    ],
    "redis-benchmark": [
        {}, {"target": None}, {"target": "Cache"}, {"target": "a" * 41}, {"port": 6379},
        {"clients": 1}, {"clients": 0}, {"clients": 10001}, {"clients": "50"}, {"pipeline": 1},
        {"data_size": 1073741824}, {"data_size": 1073741825}, {"requests": 1e3 + 0.5},
        {"tests": ["set"]}, {"tests": []}, {"tests": ["set", "set"]}, {"tests": ["keys"]},
        {"tests": "set"}, {"duration": "1d"}, {"duration": "1w"}, {"duration": 31536000},
        {"duration": 31536001},
    ],
}  # fmt: skip


NEEDED: dict[str, dict[str, Any]] = {
    "client-group": {
        "benchmark_id": 1,
        "command": ["true"],
        "num_clients": 2,
        "service": "login:8001",
    },
    "command": {"command": ["true"]},
    "container": {"image": "web:1", "port": 8080},
    "grafana": {"datasource": "metrics"},
    "otel-collector": {"remote_write": "metrics"},
    "triton": {"model_repository": "$WORK/models"},
    "vllm": {"model": "org/model"},
}


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_the_flat_schema_judges_as_the_file_does(kind: str) -> None:
    """An editor reads `allOf` and `unevaluatedProperties`; the compiler reads one closed object."""
    target = {"target": "cache"} if EVERY_KIND[kind].role == "client" else {}
    least = {"kind": kind, **target, **NEEDED.get(kind, {})}
    entries = [{**least, **entry} for entry in ENTRIES.get(kind, [{}, {"port": 0}, {"xyz": 1}])]
    entries += [{key: least[key] for key in least if key != left_out} for left_out in least]
    theirs = standard(read(EVERY_KIND[kind].folder / "schema.json"))
    verdicts = [(accepts(EVERY_KIND[kind].schema, entry), entry) for entry in entries]
    assert verdicts == [(theirs.is_valid(entry), entry) for entry in entries]
    assert {verdict for verdict, _ in verdicts} == {True, False}


def test_two_readings_are_stricter_than_the_standard() -> None:
    port = {"type": "integer"}
    assert [accepts(port, value) for value in (1, 1.0, True)] == [True, False, False]
    word = {"type": "string", "pattern": "^[a-z]+$"}
    assert [accepts(word, value) for value in ("a", "a\n", "\na")] == [True, False, False]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_named_as_its_folder(kind: str) -> None:
    file = read(kinds()[kind].folder / "schema.json")
    assert file["title"] == kind == file["properties"]["kind"]["const"]
    assert file["$id"] == f"hpcgen:services/{kind}.schema.json"
    assert set(kinds()[kind].targets) <= set(KINDS)


@pytest.mark.parametrize("file", PROFILES, ids=named)
def test_every_built_in_profile_is_valid_and_every_fact_has_a_source(file: Path) -> None:
    document = validate_profile(load_text(file.name, file.read_bytes()))
    facts = [fact for entry in document.data["provenance"] for fact in entry["facts"]]
    assert sorted(facts) == sorted(set(facts)), "a fact has two sources"
    sourced = {fact.partition(".")[0] for fact in facts}
    assert sourced == set(document.data) - {"name", "title", "provenance"}
    assert load_profile(file.stem, Path(), None).name == file.stem == document.data["name"]


def test_every_built_in_profile_was_looked_at() -> None:
    assert [file.stem for file in PROFILES] == list(built_in())


@pytest.mark.parametrize(
    "bundle", sorted((PROJECT / "output").iterdir()), ids=lambda path: path.name
)
def test_the_manifest_of_a_bundle_fits_its_schema(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    assert standard(schema.read("manifest")).is_valid(manifest)
    assert not standard(schema.read("manifest")).is_valid({**manifest, "date": "today"})
