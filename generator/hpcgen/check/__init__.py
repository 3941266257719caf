"""The check stage: judge the bundle before any of it reaches the disk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hpcgen.bundle.manifest import MANIFEST, PATH
from hpcgen.bundle.tree import PLAIN, SCRIPT, File, Tree, parents
from hpcgen.check import shellcheck
from hpcgen.check.shellcheck import Progress, unseen
from hpcgen.check.verdicts import Verdicts, verdict_key
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.secrets.shapes import common_tokens_in
from hpcgen.secrets.visible import describe, forbidden_characters, visible

COLUMNS = 100
"""The longest line of a job script, a value of the recipe set aside."""

_BUG = "this is a bug of hpcgen: please report it"
_SETUP = f"if the line is from the recipe's `setup`, change it there; else {_BUG}"
_VALUE = re.compile(
    r"""'[^']*'?|"(?:\\.|[^"\\])*"?|\S{60,}"""
)  # quoted, or a word nobody can break


def check(tree: Tree, progress: Progress = unseen) -> Tree:
    """Return `tree` unchanged, or raise RecipeError with everything wrong in it.

    `progress` is told how many scripts are linted, where that takes a while. A file that an earlier
    check found clean is not judged again (`verdicts.py`).

    HG601 bash cannot parse a script · HG602 shellcheck finds something at `-S style` · HG603
    JSON and HG604 YAML that do not parse back · HG605 text in the shape of a secret · HG606 a
    line too long, a character nobody can see, no single final newline · HG607 a path or mode
    no artefact may have · HG608 bash or shellcheck missing, the wrong one, or failing.
    A diagnostic's span is the recipe entry that asked for the artefact.
    """
    verdicts = Verdicts()
    keys = {file.path: _verdict_key(file) for file in tree}
    unknown = [file for file in tree if keys[file.path] not in verdicts]
    problems = [*_paths(tree), *_scripts(unknown, verdicts, progress)]
    problems += [problem for file in unknown for rule in _RULES for problem in rule(file)]
    if not problems:
        verdicts.add(keys[file.path] for file in unknown)
    verdicts.keep()
    if problems:
        raise RecipeError(problems)
    return tree


def is_script(file: File) -> bool:
    """Whether bash runs or sources the artefact."""
    return file.path.startswith(("jobs/", "bin/")) or file.path.endswith((".env", ".sh"))


def _verdict_key(file: File) -> str | None:
    return verdict_key(file.path, f"{file.mode:o}", file.sha256) if _encodes(file) else None


def _scripts(files: Iterable[File], verdicts: Verdicts, progress: Progress) -> Iterator[Diagnostic]:
    scripts = {file.path: file for file in files if is_script(file) and _encodes(file)}
    for finding in shellcheck.lint(scripts, verdicts, progress):
        code = "HG601" if finding.rule == "bash" else "HG602"
        message = f"{finding.rule}: {visible(finding.text[:300])}"
        yield _at(scripts[finding.script], finding.line, code, message, _SETUP)


def _json(file: File) -> Iterator[Diagnostic]:
    if file.path.endswith(".json"):
        try:
            json.loads(file.content, object_pairs_hook=_unique, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            yield _at(file, line, "HG603", f"not JSON: {_reason(error)}")


def _reason(error: Exception) -> str:
    return str(getattr(error, "msg", error)).lower()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key is there twice")
    return data


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _yaml(file: File) -> Iterator[Diagnostic]:
    if file.path.endswith((".yml", ".yaml")) and _encodes(file):
        from ruamel.yaml import YAML  # noqa: PLC0415 - 24 ms that a tree without YAML saves
        from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

        try:
            YAML(typ="safe").load(file.content)
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            yield _at(file, line, "HG604", "not YAML that every reader takes alike")
        except (YAMLError, ValueError, RecursionError):
            yield _at(file, 1, "HG604", "not YAML that every reader takes alike")


def _secrets(file: File) -> Iterator[Diagnostic]:
    content = file.content.replace("\\_", "_")  # as Markdown spells it
    for prefix, (start, _) in common_tokens_in(content):
        yield _secret(file, content.count("\n", 0, start) + 1, prefix)


def _secret(file: File, line: int, prefix: str) -> Diagnostic:
    message = f"{visible(file.path)}:{line}: text that looks like a secret (`{prefix}…`)"
    hint = "refer to the secret in the recipe instead: `{file: PATH}` or `{env: NAME}`"
    return Diagnostic("HG605", message, file.origin, hint, secret=True)


def _text(file: File) -> Iterator[Diagnostic]:
    for match in forbidden_characters(file.content):
        line = file.content.count("\n", 0, match.start()) + 1
        yield _at(file, line, "HG606", f"the character {describe(match.group())}")
    if not file.content.endswith("\n") or file.content.endswith("\n\n"):
        line = file.content.count("\n") + 1
        yield _at(file, line, "HG606", "does not end with exactly one newline")


def _width(file: File) -> Iterator[Diagnostic]:
    if file.path.startswith("jobs/"):
        for number, line in enumerate(file.content.split("\n"), 1):
            if len(line) > COLUMNS and len(_VALUE.sub("", line)) > COLUMNS:
                message = f"{len(line)} columns, where {COLUMNS} is the most"
                yield _at(file, number, "HG606", message, _SETUP)


def _paths(tree: Tree) -> Iterator[Diagnostic]:
    twins: dict[str, str] = {MANIFEST: MANIFEST}
    paths = {file.path for file in tree}
    for file in tree:
        if not PATH.fullmatch(file.path) or file.mode not in (SCRIPT, PLAIN):
            yield _path(file, "has a path or mode that no artefact may have")
        for path in (file.path, *parents(file.path)):
            if twins.setdefault(path.lower(), path) != path:
                yield _path(file, f"differs from `{twins[path.lower()]}` in case alone")
        if file.path == MANIFEST or paths.intersection(parents(file.path)):
            yield _path(file, "needs a path that another artefact has")


def _path(file: File, message: str) -> Diagnostic:
    message = f"`{visible(file.path[:200])}` {message}"
    return Diagnostic("HG607", message, file.origin, "rename the recipe's entry; else " + _BUG)


def _encodes(file: File) -> bool:
    """Whether the text is Unicode at all; a lone surrogate is `_text`'s to report."""
    try:
        return bool(file.content.encode())
    except UnicodeEncodeError:
        return False


def _at(file: File, line: int, code: str, message: str, hint: str = _BUG) -> Diagnostic:
    return Diagnostic(code, f"{visible(file.path)}:{line}: {message}", file.origin, hint)


_RULES: Iterable[Callable[[File], Iterator[Diagnostic]]] = (_json, _yaml, _secrets, _text, _width)
