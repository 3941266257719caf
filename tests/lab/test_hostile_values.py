"""Values that mean something to bash, YAML, Jinja or Apptainer arrive as they stand, or not at all.

A program in the container, or on the node, leaves its argv and its environment as the kernel has
them; both are compared byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, validate_recipe
from hpcgen.diagnostics import RecipeError

from tests.lab.bundles import Bundle, install, outcome
from tests.lab.cluster import Lab

VALUES: tuple[str, ...] = tuple(
    value
    for values in json.loads(Path(__file__).with_name("hostile_values.json").read_text()).values()
    for value in values
)
LONG = ("x" * 60_000, "$(touch /tmp/pwn)'\"\\\n" * 3_000)
PLAIN = ("1.10", "0755", "1_000", "0x1F", "1e3", "+1", "-0", ".5")
ALL = (*VALUES, *LONG, *PLAIN)
LINE = "`$(touch /tmp/pwn)` \"'\\ {{ x }} {% raw %} | <b> é"
OUR_NAMES = (
    *("NAME", "RUN", "HERE", "IP", "PORT", "PID", "COMMAND", "CONTAINER", "CONTAINED", "STEP"),
    *("DURATION", "STATUS", "REASON", "IMAGE", "BINDS", "RESULTS", "SCRATCH", "DEPLOYMENT"),
    *(
        "BUNDLE",
        "NONCE",
        "PORTS",
        "GRACE",
        "READY_TIMEOUT",
        "WAIT_TIMEOUT",
        "VARIABLE",
        "SERVICE",
        "HPCGEN_BUNDLE",
    ),
)
OURS = dict.fromkeys(OUR_NAMES, "$(touch /tmp/pwn)/../hostile")
PROGRAMS = "/home/alice/programs"
DUMP = f"{PROGRAMS}/dump"
DUMPS = r"""#!/bin/bash
cat "/proc/$$/cmdline" >"$1/argv"; cat "/proc/$$/environ" >"$1/environ"; echo >>"$1/starts"
[[ $2 == serve ]] || exit 0
exec redis-server --port "$3" --protected-mode no --save ''
"""


def arrived(bundle: Bundle, place: str) -> tuple[list[str], dict[str, str]]:
    """What the program was started with after its own name, once: arguments, and variables."""
    assert bundle.path(f"{place}/starts").read_text() == "\n", "it was started more than once"
    argv = bundle.path(f"{place}/argv").read_bytes().split(b"\0")[:-1]
    environ = bundle.path(f"{place}/environ").read_bytes().split(b"\0")[:-1]
    variables = dict(variable.decode().split("=", 1) for variable in environ)
    words = [word.decode() for word in argv]
    return words[words.index(DUMP) + 1 :], variables


def pwned(lab: Lab) -> list[Path]:
    """The files that a value has made by being read as bash, on any node."""
    places = [lab.path("/home/alice"), *(lab.path("/tmp", node) for node in ("login", *lab.nodes))]
    return [path for place in places for path in place.rglob("*pwn*")]


def hostile_recipe() -> str:
    """One service and two clients; each value is in command, args and env of each.

    Numbers are written plainly, and a long value once, with an anchor.
    """
    numbers = [f"plain {number}" for number in PLAIN]
    longs = [f"long {number}" for number in range(len(LONG))]
    words = [*VALUES, *longs, *numbers]
    hostile: dict[str, Any] = {"args": words, "env": {**OURS, **named(words)}}
    contained = {**hostile, "image": "/images/redis.sif", "binds": [f"{PROGRAMS}:{PROGRAMS}:ro"]}
    before = [[DUMP, {"dir": "logs"}, "setup", *words]]
    common = {"description": LINE, "labels": named([value for value in VALUES if is_a_line(value)])}
    serve = [DUMP, {"dir": "data"}, "serve", {"port": "port"}, *words]
    leave = [DUMP, {"dir": "results"}, *words]
    recipe = {
        "name": "hostile",
        "description": LINE,
        "services": {
            "web": {
                **common,
                **contained,
                "kind": "container",
                "port": 7000,
                "setup": before,
                "command": serve,
            }
        },
        "clients": {
            "inside": {**common, **contained, "kind": "command", "setup": before, "command": leave},
            "bare": {**common, **hostile, "kind": "command", "setup": before, "command": leave},
        },
    }
    text = re.sub(r'"plain ([^"]*)"', r"\1", json.dumps(recipe, ensure_ascii=False))
    for number, value in enumerate(LONG):
        text = text.replace(f'"long {number}"', f"&long{number} {json.dumps(value)}", 1)
        text = text.replace(f'"long {number}"', f"*long{number} ")
    return text


def named(values: Iterable[str]) -> dict[str, str]:
    """Each of the values as a variable."""
    return {f"V{number:03}": value for number, value in enumerate(values)}


def is_a_line(value: str) -> bool:
    return len(value) <= 200 and "\n" not in value


def test_every_value_arrives_as_it_stands_and_nothing_else_happens(lab: Lab) -> None:
    lab.image("redis")
    lab.run(["mkdir", PROGRAMS])
    lab.write(DUMP, DUMPS, mode=0o755)
    bundle = install(lab, "hostile", hostile_recipe())
    before = {path.name for path in lab.path("/home/alice").iterdir()}
    jobs = bundle.submit()
    bundle.ready(jobs["web"], service="web")
    for client in ("inside", "bare"):
        assert outcome(lab.wait_job(jobs[client])) == ("COMPLETED", "0:0"), lab.story(jobs[client])
    bare = f"results/bare/{jobs['bare']}"
    for place, first in (
        ("data/web", ["/data", "serve", "7000"]),
        (f"results/inside/{jobs['inside']}", ["/results"]),
        (bare, [f"{bundle.run}/{bare}"]),
    ):
        argv, environ = arrived(bundle, place)
        assert argv == [*first, *ALL, *ALL], place
        for name, value in {**named(ALL), **OURS}.items():
            assert environ.get(name) == value, f"{name} in {place}"
    for name, job in jobs.items():
        argv, environ = arrived(bundle, f"{name}/{job}")
        assert argv == ["/logs" if name != "bare" else f"{bundle.run}/{name}/{job}", "setup", *ALL]
        assert {name: environ.get(name) for name in named(ALL)} == named(ALL), name
    bundle.script("cancel")
    assert outcome(lab.job(jobs["web"])) == ("COMPLETED", "0:0")
    assert pwned(lab) == []
    made = {path.name for path in lab.path("/home/alice").iterdir()} - before
    assert made <= {"hpcgen", ".apptainer"}


# --- what a field cannot hold is refused, and by that field's rule --------------------------------

HARMLESS: Mapping[str, str] = {  # all that a field's rule may let through; Slurm reads the last
    "cluster": r"[A-Za-z0-9._+@%=~ /-]",
    "scheme": r"[a-z0-9+.-]",
    "image": r"[A-Za-z0-9._+@%=~:/ $-]",
    "bind": r"[A-Za-z0-9._+@%=~:/ $-]",
    "http": r"[A-Za-z0-9._~/?=&%:@+,-]",
    "file": r"[A-Za-z0-9._+@%=~/ $-]",
    "env": r"[A-Za-z0-9_]",
    "time": r"[0-9:-]",
    "mem": r"[0-9KMGT]",
    "duration": r"[0-9smhd]",
    "model": r"[A-Za-z0-9._+@%=~/$-]",
    "served_model_name": r"[A-Za-z0-9._/-]",
    "partition": r"[A-Za-z0-9._+-]",
    "gres": r"[A-Za-z0-9._:,-]",
    "nodelist": r"[A-Za-z0-9._,\[\]-]",
    "constraint": r"[A-Za-z0-9._&|!*()\[\]-]",
}
SLURMS = ("partition", "gres", "nodelist", "constraint", "time", "mem")


def refused_recipe(field: str, value: str) -> dict[str, Any]:
    """A recipe that is good but for the value, in that field."""
    web: dict[str, Any] = {"kind": "container", "port": 7000, "image": "/images/a.sif"}
    places: Mapping[str, dict[str, Any]] = {
        "scheme": {"scheme": value},
        "image": {"image": value},
        "bind": {"binds": [value]},
        "http": {"readiness": {"http": value}},
        "file": {"secrets": {"A": {"file": value}}},
        "env": {"secrets": {"A": {"env": value}}},
        **{name: {"resources": {name: value}} for name in SLURMS},
    }
    llm = {"kind": "vllm", "model": "a/b"}
    once = {"kind": "command", "command": ["true"]}
    return {
        "name": "refused",
        **({"cluster": value} if field == "cluster" else {}),
        "services": {
            "web": {**web, **places.get(field, {})},
            "llm": {**llm, **({field: value} if "model" in field else {})},
        },
        "clients": {"one": {**once, **({field: value} if field == "duration" else {})}},
    }


@pytest.mark.parametrize("field", HARMLESS)
def test_a_field_lets_nothing_through_but_what_its_rule_names(field: str, tmp_path: Path) -> None:
    source = tmp_path / "recipe.yaml"
    passed = []
    for value in ALL:
        source.write_text(json.dumps(refused_recipe(field, value), ensure_ascii=False))
        try:
            validate_recipe(source, Options())
        except RecipeError as error:
            assert {diagnostic.code for diagnostic in error.diagnostics} == {"HG206"}, value[:80]
        else:
            passed.append(value)
    assert [value for value in passed if not re.fullmatch(f"{HARMLESS[field]}+", value)] == []
    assert len(passed) < len(ALL) / 2
