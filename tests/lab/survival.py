"""The kinds of service whose survival is tried: what each keeps, and how it is asked.

A kind whose data outlives its job has one server at a time: a second job ends 78. Any other serves
beside a second one.
"""

from __future__ import annotations

import json
import shlex
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.lab.bundles import Bundle
from tests.lab.cluster import Lab
from tests.lab.resp import Redis
from tests.lab.vllm import put_model

COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
MODEL = """\
import triton_python_backend_utils as pb_utils
class TritonPythonModel:
    def execute(self, requests):
        inputs = [pb_utils.get_input_tensor_by_name(each, "IN") for each in requests]
        outputs = [pb_utils.Tensor("OUT", each.as_numpy() * 2) for each in inputs]
        return [pb_utils.InferenceResponse([each]) for each in outputs]
"""
CONFIG = """\
backend: "python"
input [{ name: "IN", data_type: TYPE_FP32, dims: [2] }]
output [{ name: "OUT", data_type: TYPE_FP32, dims: [2] }]
instance_group [{ kind: KIND_CPU }]
"""
TWICE = {"inputs": [{"name": "IN", "shape": [2], "datatype": "FP32", "data": [1, 2.5]}]}
SIGNED = (
    'curl -sf --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A service called `it`: its entry, and the image that stands for its kind's.

    `keep` leaves something with the server that runs; `serves` raises where the one of a job does
    not answer, or has lost that. `alone` says that its data outlives a job. `neighbours` are the
    services that it needs.
    """

    image: str
    serves: Callable[[Bundle, int], None]
    keep: Callable[[Bundle, int], object] = lambda *_: None
    entry: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = False
    neighbours: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prepare: Callable[[Lab], None] = lambda _: None


def ask(bundle: Bundle, job: int, path: str, body: object = None, method: str = "GET") -> Any:
    """What the job's server answers, from JSON; a refusal's status where it wants a credential."""
    end = bundle.endpoint(job, "it")
    assert end, bundle.lab.story(job)
    sent = None if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(
        f"http://{end['HOST']}:{end['PORT']}{path}", sent, kind, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            text = answer.read()
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    return json.loads(text) if text.startswith((b"{", b"[")) else text.decode()


def shell(bundle: Bundle, line: str) -> str:
    """What a line prints in a shell that has sourced the connection file."""
    done = bundle.connect(line, service="it")
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout.strip()


# --- those that keep data -------------------------------------------------------------------------


def redis(bundle: Bundle, job: int, *words: str) -> str:
    end, file = bundle.endpoint(job, "it"), bundle.path("secrets/it.password")
    with Redis(end["HOST"], end["PORT"], file.read_text() if file.exists() else "") as server:
        return server.ask(*words)


def redis_serves(bundle: Bundle, job: int) -> None:
    assert redis(bundle, job, "GET", "kept") == "yes"


def redis_keep(bundle: Bundle, job: int) -> None:
    assert redis(bundle, job, "SET", "kept", "yes") == "OK"


def sql(client: str) -> tuple[Callable[[Bundle, int], None], Callable[[Bundle, int], None]]:
    """A row that is asked for, and the same row put there."""

    def serves(bundle: Bundle, _: int) -> None:
        assert shell(bundle, client.format(shlex.quote("SELECT note FROM kept"))) == "yes"

    def keep(bundle: Bundle, _: int) -> None:
        made = "CREATE TABLE kept (note VARCHAR(9)); INSERT INTO kept VALUES ('yes')"
        shell(bundle, client.format(shlex.quote(made)))

    return serves, keep


MYSQL = "apptainer -q exec /images/{0} mysql --no-defaults -NB"
PSQL = "apptainer -q exec /images/{0} /usr/lib/postgresql/17/bin/psql -XAtq"
MYSQL_SERVES, MYSQL_KEEP = sql(
    f'{MYSQL.format("mysql.sif")} --user="$MYSQL_USER" "$MYSQL_DATABASE" --execute={{}}'
)
PSQL_SERVES, PSQL_KEEP = sql(f"{PSQL.format('postgres.sif')} -c {{}}")


def chroma_serves(bundle: Bundle, job: int) -> None:
    (kept,) = ask(bundle, job, COLLECTIONS)
    query = {"query_embeddings": [[0.5, 1]], "n_results": 1}
    answer = ask(bundle, job, f"{COLLECTIONS}/{kept['id']}/query", query, "POST")
    assert answer["ids"] == [["kept"]]


def chroma_keep(bundle: Bundle, job: int) -> None:
    made = ask(bundle, job, COLLECTIONS, {"name": "kept"}, "POST")
    point = {"ids": ["kept"], "embeddings": [[0.5, 1]]}
    ask(bundle, job, f"{COLLECTIONS}/{made['id']}/add", point, "POST")


QDRANT = 'curl -sf -H "api-key: $QDRANT_API_KEY" -H "Content-Type: application/json"'


def qdrant(bundle: Bundle, method: str, path: str, body: object) -> Any:
    data = shlex.quote(json.dumps(body))
    line = f'{QDRANT} -X {method} -d {data} "$QDRANT_URL/collections/kept{path}"'
    return json.loads(shell(bundle, line))["result"]


def qdrant_serves(bundle: Bundle, job: int) -> None:
    near = {"query": [0.1, 0.9], "limit": 1}
    (point,) = qdrant(bundle, "POST", "/points/query", near)["points"]
    assert (point["id"], point["payload"]) == (7, {"kept": "yes"})
    assert ask(bundle, job, "/collections") == 401


def qdrant_keep(bundle: Bundle, _: int) -> None:
    qdrant(bundle, "PUT", "", {"vectors": {"size": 2, "distance": "Cosine"}})
    points = [
        {"id": 7, "vector": [0, 1], "payload": {"kept": "yes"}},
        {"id": 8, "vector": [1, 0]},
    ]
    qdrant(bundle, "PUT", "/points?wait=true", {"points": points})


def minio_serves(bundle: Bundle, job: int) -> None:
    assert shell(bundle, f'{SIGNED} "$AWS_ENDPOINT_URL/bucket/kept/it"') == "yes"
    assert ask(bundle, job, "/bucket/kept/it") == 403
    assert ask(bundle, job, "/minio/v2/metrics/cluster") == 403, "nobody scrapes it"


def minio_keep(bundle: Bundle, _: int) -> None:
    shell(bundle, f'{SIGNED} -X PUT "$AWS_ENDPOINT_URL/bucket"')
    shell(bundle, f'{SIGNED} -X PUT --data-binary yes "$AWS_ENDPOINT_URL/bucket/kept/it"')


# --- those whose data is the job's own, or somebody else's ----------------------------------------


def answers(path: str, expected: object) -> Callable[[Bundle, int], None]:
    def serves(bundle: Bundle, job: int) -> None:
        assert ask(bundle, job, path) == expected

    return serves


def ollama_serves(bundle: Bundle, job: int) -> None:
    assert [model["name"] for model in ask(bundle, job, "/api/tags")["models"]] == ["tiny:latest"]
    first = min(
        int(directory.name) for directory in bundle.path("it").iterdir() if directory.name.isdigit()
    )
    pulled = "pulling manifest" in bundle.lab.job(job).log.read_text()
    assert pulled == (job == first), "the first job of all pulls"


def collector_serves(bundle: Bundle, job: int) -> None:
    assert ask(bundle, job, "/v1/metrics", {}, "POST") == 401


def triton_serves(bundle: Bundle, job: int) -> None:
    answer = ask(bundle, job, "/v2/models/twice/infer", TWICE, "POST")
    assert answer["outputs"][0]["data"] == [2, 5]


def put_twice(lab: Lab) -> None:
    """A model that doubles two numbers."""
    lab.run(["mkdir", "-p", "/home/alice/triton-models/twice/1"])
    lab.write("/home/alice/triton-models/twice/config.pbtxt", CONFIG)
    lab.write("/home/alice/triton-models/twice/1/model.py", MODEL)


SURVIVORS = {
    "redis": Survivor("redis", redis_serves, redis_keep, {"persistence": "aof"}, alone=True),
    "container": Survivor(
        "redis",
        redis_serves,
        redis_keep,
        {
            "port": 7600,
            "command": ["redis-server", "--bind", {"host": "it"}, "--port", {"port": "it"}],
            "args": ["--appendonly", "yes", "--protected-mode", "no", "--dir", {"dir": "data"}],
            "keep_data": True,
        },
        alone=True,
    ),
    "mysql": Survivor("mysql", MYSQL_SERVES, MYSQL_KEEP, alone=True),
    "postgres": Survivor("postgres", PSQL_SERVES, PSQL_KEEP, alone=True),
    "chroma": Survivor("chroma", chroma_serves, chroma_keep, alone=True),
    "qdrant": Survivor("qdrant-stand-in", qdrant_serves, qdrant_keep, alone=True),
    "minio": Survivor("minio-stand-in", minio_serves, minio_keep, alone=True),
    "ollama": Survivor(
        "ollama-stand-in",
        ollama_serves,
        entry={"model": "tiny", "models": "$HOME/surviving models"},
    ),
    "vllm": Survivor(
        "vllm-stand-in",
        answers("/health", ""),
        entry={"model": "/home/alice/vllm-stand-in-model", "hf_cache": "/tmp"},
        prepare=lambda lab: put_model(lab, "vllm-stand-in"),
    ),
    "triton": Survivor(
        "triton",
        triton_serves,
        entry={
            "model_repository": "$HOME/triton-models",
            "grpc_port": 18001,  # the usual ones are in the ranges of others of its node
            "metrics_port": 18002,
        },
        prepare=put_twice,
    ),
    "openenv": Survivor("openenv", answers("/health", {"status": "healthy"}), entry={"workers": 1}),
    "prometheus": Survivor("monitoring", answers("/-/ready", 401)),
    "grafana": Survivor(
        "grafana-stand-in",
        answers("/api/dashboards/home", 401),
        entry={"datasource": "metrics"},
        neighbours={"metrics": {"kind": "prometheus"}},
    ),
    "otel-collector": Survivor(
        "otelcol-stand-in",
        collector_serves,
        entry={"remote_write": "metrics"},
        neighbours={"metrics": {"kind": "prometheus"}},
    ),
}
