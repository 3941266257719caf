"""Every hook of every kind runs with the variables and functions that docs/contract.md names.

shellcheck judges all of a hook's branches: it reports a variable that nothing assigns. Then the
hook is run under `set -u`, in an environment of its own, where an unbound variable or an unknown
command fails the test; external programs stand for themselves by a stub that prints nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from hpcgen.balancers import balancers
from hpcgen.build import Options, resolve_recipe
from hpcgen.kinds.arguments import connection_prefix
from hpcgen.kinds.balancing import FLEET_VARIABLES
from hpcgen.model.kind import kinds
from hpcgen.plan import plan
from hpcgen.plan.parts.part import ClientPart, Part, ServicePart
from hpcgen.text import shapes, shell
from hpcgen.text.values import Bash

CONTRACT = Path(__file__).parents[2] / "docs" / "contract.md"
ARRAYS = frozenset({"CONTAINER", "BINDS", "PROBE", "COMMAND", "CONTAINED"})
MAPS = frozenset({"FILES"})
IN_JOBS = frozenset({"SLURM_JOB_ID", "SLURM_CPUS_PER_TASK"})
PROGRAMS = ("curl", "srun", "scancel", "squeue", "timeout", "sleep", "kill")
HOOK = "# the hook itself"
FAULTS = re.compile(r"unbound variable|command not found|syntax error")


@dataclass(frozen=True)
class Hook:
    """A row of the contract."""

    file: str
    form: str
    variables: tuple[str, ...]
    functions: tuple[str, ...]

    @property
    def defines(self) -> str:
        function = re.search(r"defines `(\w+)`", self.form)
        return function.group(1) if function else ""


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of the table below a heading of the page."""
    section = CONTRACT.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith(("| ---", "| hook", "| group")):
            yield [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


def names(heading: str) -> dict[str, tuple[str, ...]]:
    return {row[0]: tuple(re.findall(r"`(\w+)`", row[1])) for row in rows(heading)}


@cache
def hooks(role: str) -> dict[str, Hook]:
    """The hooks that a folder of a role may have, by the stem of their files."""
    tables = {"service": ("A service",), "client": ("A client",)}
    variables, functions = names("The variables"), names("The functions")
    return {
        file.strip("`").removesuffix(".sh"): Hook(
            file.strip("`"),
            form,
            tuple(name for group in _groups(used) for name in variables[group]),
            tuple(name for group in _groups(called) for name in functions[group]),
        )
        for table in tables.get(role, ("A service", "A balancer"))
        for file, form, _, used, called, *_ in rows(table)
    }


def _groups(cell: str) -> list[str]:
    return [group.strip() for group in cell.split(",") if group.strip()]


FOLDERS = {**kinds(), **balancers()}


def parts() -> Iterator[Part]:
    """A part of every kind and balancer that has bash, from cases of their own or of openenv."""
    for name, kind in FOLDERS.items():
        kind_cases = [kind.folder / "cases" / f"{case}.yaml" for case in ("full", "minimal")]
        cases = [path for path in kind_cases if path.exists()]
        cases = cases or [FOLDERS["openenv"].folder / "cases" / "placement.yaml"]
        if any(hook in kind.scripts for hook in hooks(kind.role)):
            yield {part.kind: part for part in _parts(cases[0])}[name]


def _parts(path: Path) -> Iterator[Part]:
    yield from (part for job in plan(resolve_recipe(path, Options())).jobs for part in job.parts)


PARTS = {part.kind: part for part in parts()}
CASES = [
    (kind, name)
    for kind, part in PARTS.items()
    for name in hooks(FOLDERS[kind].role)
    if name in part.bash and name != "connect"  # judged by what it declares
]


def hook_of(kind: str, name: str) -> Hook:
    return hooks(FOLDERS[kind].role)[name]


def assigned(part: Part, hook: Hook) -> Iterator[str]:
    """The variables of the contract, those of the offer, of secrets and of the target."""
    values = {**part.values, **part.late_values}
    yield from (f"{name}=/site" for name in sorted(part.site_variables))
    for name in hook.variables:
        if name in ARRAYS and name not in values:
            yield f"{name}=(stub)"
        elif name in MAPS and name not in values:
            yield f"declare -A {name}=([file]=digest)"
        elif name not in IN_JOBS and name not in values:
            yield f"{name}=1"
    yield from (f"{secret.variable}=secret" for secret in part.container.secrets)
    if isinstance(part, ClientPart):
        yield from (f"{name}=1" for name in target_variables(part))
    elif isinstance(part, ServicePart):
        yield from (f"{name}=1" for name in part.published)
    yield shapes.plain(shell.assignments(values))


def target_variables(part: ClientPart) -> tuple[str, ...]:
    """What the connection file of the client's target sets."""
    kind = kinds()[part.kind]
    exports = [kinds()[target].module for target in kind.targets]
    declared = (module.CONNECTION.exports for module in exports if hasattr(module, "CONNECTION"))
    prefixes = [connection_prefix(service) for service in part.waits]
    named = (f"{prefix}_{what}" for prefix in prefixes for what in ("HOST", "PORT", "URL"))
    return (
        *dict.fromkeys((*named, *FLEET_VARIABLES, *(name for names in declared for name in names))),
    )


def earlier(part: Part, hook: Hook) -> Iterator[str]:
    """What the kind's other hooks define before this one runs."""
    order = ("functions", "around", "configure", "probe", "drain")
    for name in order:
        if name in part.bash and name != hook.file.removesuffix(".sh"):
            yield str(part.bash[name])


def script(part: Part, hook: Hook) -> str:
    text = str(part.bash[hook.file.removesuffix(".sh")])
    stubs = [f"{name}() {{ true; }}" for name in hook.functions if name not in ("log", "die")]
    lines = [
        "#!/bin/bash",
        "set -uo pipefail",
        'log() { echo "$*"; }',
        'die() { echo "$*"; exit "$1"; }',
        *stubs,
        *assigned(part, hook),
        *earlier(part, hook),
        HOOK,
        text,
        *((f"{hook.defines} 1",) if hook.defines else ()),
        *(("leave",) if "leave() {" in text else ()),
    ]
    return "\n".join(lines) + "\n"


def unassigned(text: str, folder: Path) -> list[str]:
    """What shellcheck finds that the script reads and nothing assigns, but for Slurm's own."""
    path = folder / "hook.sh"
    path.write_text(text)
    options = ("--format=gcc", "--include=SC2154", "--enable=check-unassigned-uppercase")
    program = Path(sys.executable).with_name("shellcheck")
    judged = subprocess.run(
        [program, *options, str(path)], capture_output=True, text=True, check=False
    )
    first = text.splitlines().index(HOOK)
    lines = [line for line in judged.stdout.splitlines() if "SLURM_" not in line]
    return [line for line in lines if int(line.split(":")[1]) > first]


def faults(text: str, folder: Path) -> list[str]:
    """What bash says of names that it does not know, where external programs do nothing."""
    for program in (*PROGRAMS, "stub"):
        (folder / program).write_text("#!/bin/bash\nexit 0\n")
        (folder / program).chmod(0o755)
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "SLURM_JOB_ID": "7",
        "SLURM_CPUS_PER_TASK": "1",
        "HOME": str(folder),
        "USER": "alice",
    }
    ran = subprocess.run(
        ["bash", "-c", text],
        env=environment, cwd=folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return [line for line in ran.stderr.splitlines() if FAULTS.search(line)]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_hook_reads_no_other_variable(kind: str, name: str, tmp_path: Path) -> None:
    part = PARTS[kind]
    later = str(part.bash["run"]) if name == "functions" else ""  # one script, and one scope
    assert unassigned(script(part, hook_of(kind, name)) + later + "\n", tmp_path) == []


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_hook_runs_with_the_contract_alone(kind: str, name: str, tmp_path: Path) -> None:
    assert faults(script(PARTS[kind], hook_of(kind, name)), tmp_path) == []


def test_a_hook_that_uses_more_is_found(tmp_path: Path) -> None:
    redis = PARTS["redis"]
    more = 'probe() { echo "${OWNER}"; take_data; }'
    text = script(
        replace(redis, bash={**redis.bash, "probe": Bash(more)}), hook_of("redis", "probe")
    )
    assert ["OWNER" in line for line in unassigned(text, tmp_path)] == [True]
    assert ["OWNER: unbound variable" in line for line in faults(text, tmp_path)] == [True]
    text = text.replace("${OWNER}", "")
    assert ["take_data: command not found" in line for line in faults(text, tmp_path)] == [True]


def test_every_hook_of_a_kind_is_in_the_contract() -> None:
    programs = {"serve", "load", "model", "client", "ask", "mp", "ray", "fetch"}  # run by commands
    for name, kind in FOLDERS.items():
        assert {*kind.scripts} - {*hooks(kind.role)} - programs == set(), name


def test_a_connection_script_sets_what_its_kind_declares() -> None:
    for kind in kinds().values():
        if "connect" not in kind.scripts:
            continue
        declared = kind.module.CONNECTION
        inputs = [f"{name}=value" for name in declared.reads]
        lines = ["set -u", *inputs, str(kind.scripts["connect"]), "export -p"]
        ran = subprocess.run(
            ["bash", "-c", "\n".join(lines)],
            env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        exported = set(re.findall(r"declare -x (\w+)=", ran.stdout))
        assert exported - {"PATH", "OLDPWD", "PWD", "SHLVL", "_"} == {*declared.exports}, kind.name
