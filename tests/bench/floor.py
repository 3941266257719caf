"""The least that a compiler of such recipes does: what hpcgen's time is compared with.

    python floor.py RECIPE DIRECTORY CACHE

PyYAML's C loader, jsonschema, Jinja2 with its bytecode cached, plain writes: each service is
validated, and becomes a script of a job, a connection file and its settings as JSON. It promises
nothing of what hpcgen does: no place of a value, no message in the user's terms, no reference, no
check of what it wrote, no atomic replacement, no manifest.
"""

import json
import shlex
import sys
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
LIBRARY = HERE.parent.parent / "templates" / "lib"
TEXT = {"type": "string", "maxLength": 200}
COUNT = {"type": "integer", "minimum": 1}
TEXTS = {"type": "array", "items": TEXT}
NAMED = {"type": "object", "additionalProperties": TEXT, "propertyNames": {"maxLength": 40}}
RESOURCES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["time"],
    "properties": {
        "partition": TEXT,
        "nodes": COUNT,
        "cpus_per_task": COUNT,
        "mem": {"type": "string", "pattern": "^[1-9][0-9]*[KMGT]$"},
        "time": {"type": "string", "pattern": "^([0-9]+-)?[0-9]{2}:[0-9]{2}:[0-9]{2}$"},
    },
}
SERVICE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "image", "resources"],
    "properties": {
        "kind": {"const": "redis"},
        "description": TEXT,
        "labels": NAMED,
        "image": {"type": "string", "pattern": "^docker://[a-z0-9./:_-]+$"},
        "persistence": {"enum": ["none", "aof", "rdb", "both"]},
        "maxmemory": {"type": "string", "pattern": "^[1-9][0-9]{0,8}(kb|mb|gb)$"},
        "maxmemory_policy": {"enum": ["noeviction", "allkeys-lru", "allkeys-lfu"]},
        "password": {"type": "object", "additionalProperties": False, "properties": {"file": TEXT}},
        "command": TEXTS,
        "args": TEXTS,
        "env": NAMED,
        "binds": TEXTS,
        "port": {"type": "integer", "minimum": 1024, "maximum": 65535, "default": 6379},
        "readiness": {"type": "object", "properties": {"timeout": COUNT}},
        "resources": RESOURCES,
    },
}
RECIPE = {
    "type": "object",
    "required": ["name", "cluster", "services"],
    "properties": {"services": {"type": "object", "additionalProperties": SERVICE}},
}


def main(recipe: Path, directory: Path, cache: Path) -> None:
    data = yaml.load(recipe.read_bytes(), yaml.CSafeLoader)
    for error in Draft202012Validator(RECIPE).iter_errors(data):
        raise SystemExit(error.message)
    templates = Environment(  # noqa: S701 - bash, not HTML: a filter quotes
        loader=FileSystemLoader(HERE / "floor"),
        bytecode_cache=FileSystemBytecodeCache(str(cache)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["word"] = lambda value: shlex.quote(str(value))
    job = templates.get_template("job.sbatch.j2")
    connection = templates.get_template("connection.env.j2")
    library = "\n".join(path.read_text() for path in sorted(LIBRARY.glob("*.sh")))
    for folder in ("jobs", "connections", "services"):
        (directory / folder).mkdir(parents=True)
    for name, service in data["services"].items():
        values = {
            "name": name,
            "deployment": data["name"],
            "library": library,
            "port": 6379,
            **service,
        }
        (directory / f"jobs/{name}.sbatch").write_text(job.render(values))
        (directory / f"connections/{name}.env").write_text(connection.render(values))
        (directory / f"services/{name}.json").write_text(json.dumps(service, indent=2) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
