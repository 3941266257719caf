"""Recipes of any size, for measuring: Redis servers with most of what a server takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hpcgen.yaml.limits import Limits

LIMITS = Limits(bytes=10_000_000, nodes=1_000_000)
OPTIONS: Sequence[str] = ("--max-bytes", str(LIMITS.bytes), "--max-nodes", str(LIMITS.nodes))

KINDS = ("redis", "chroma", "postgres", "ollama", "mysql")

_HEAD = "name: scale\ncluster: generic\nservices:\n"
_SERVICE = """\
  cache-{number}:
    kind: redis
    description: Server {number} of a recipe that is made to be large.
    labels: {{team: data, shard: s{number}}}
    image: docker://redis:7.4.{patch}-alpine
    persistence: aof
    maxmemory: {memory}gb
    maxmemory_policy: allkeys-lru
    password: {{file: "~/.config/hpcgen/password-{number}"}}
    command: [redis-server, /run/hpcgen/redis.conf]
    args: ["--io-threads", "{threads}"]
    env:
      TZ: UTC
      SHARD: "{number}"
    binds:
      - "$SCRATCH/import/{number}:/import:ro"
    readiness:
      timeout: 90
    resources:
      partition: cpu
      nodes: 1
      cpus_per_task: {threads}
      mem: {job_memory}G
      time: "1-00:00:00"
"""


def written(path: Path, services: int) -> Path:
    """Write a recipe of so many services to `path`; no two of them are alike."""
    path.write_text(_HEAD + "".join(_service(number) for number in range(services)))
    return path


def _service(number: int) -> str:
    memory = 1 + number % 7
    threads = 1 + number % 4
    return _SERVICE.format(
        number=number, patch=number % 3, memory=memory, threads=threads, job_memory=memory + 1
    )


def of_five_kinds(path: Path, services: int, name: str = "many") -> Path:
    """Write a recipe whose services have five shapes of jobs."""
    lines = [f"name: {name}", "cluster: generic", "services:"]
    for number in range(services):
        kind = KINDS[number % len(KINDS)]
        model = f", model: 'm{number}'" if kind == "ollama" else ""
        lines.append(f"  s{number}: {{kind: {kind}{model}, env: {{SHARD: 'number {number}'}}}}")
    path.write_text("\n".join(lines) + "\n")
    return path
