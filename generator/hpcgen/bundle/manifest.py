"""manifest.json: what a bundle was made from, and the digest and mode of every file in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from hpcgen.bundle.tree import PLAIN, SCRIPT, Tree
from hpcgen.diagnostics import Diagnostic, RecipeError

MANIFEST = "manifest.json"
"""Its path in the bundle. It does not list itself."""

PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
"""A path an artefact may have: relative, nothing hidden, never upwards, the same in any shell."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MODES = {f"{mode:04o}": mode for mode in (PLAIN, SCRIPT)}
_HEAD = {
    "name": re.compile(r"[a-z][a-z0-9-]{0,39}"),
    "recipe_sha256": _SHA256,
    "version": re.compile(r"[0-9A-Za-z.+!-]{1,64}"),
}
_ENTRY = {"path": PATH, "sha256": _SHA256, "mode": re.compile("|".join(_MODES))}


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One artefact as it was written: `mode` is `tree.SCRIPT` or `tree.PLAIN`."""

    path: str
    sha256: str
    mode: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`settings` holds the `--set` and `--cluster` values, which `check` and `diff` replay."""

    name: str
    recipe_sha256: str
    version: str
    settings: Mapping[str, str]
    files: tuple[Entry, ...]

    def to_text(self) -> str:
        """Write the file: keys and files sorted, two spaces, one final newline, no date."""
        files = [
            {"mode": f"{entry.mode:04o}", "path": entry.path, "sha256": entry.sha256}
            for entry in sorted(self.files)
        ]
        data = {
            "files": files,
            "name": self.name,
            "recipe_sha256": self.recipe_sha256,
            "settings": dict(self.settings),
            "version": self.version,
        }
        return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def entries(tree: Tree) -> tuple[Entry, ...]:
    """List the tree's files."""
    return tuple(Entry(file.path, file.sha256, file.mode) for file in tree)


def of(
    tree: Tree, *, name: str, recipe_sha256: str, version: str, settings: Mapping[str, str]
) -> Manifest:
    """Make the manifest of a bundle that holds exactly `tree`."""
    return Manifest(name, recipe_sha256, version, settings, entries(tree))


def parse(text: str) -> Manifest:
    """Read a manifest back, as `schemas/manifest.schema.json` describes it.

    Checked by hand, so that the common case imports no schema library; the rules are the
    schema's, and that no path is listed twice. What passes names no file outside the bundle.
    Raises RecipeError HG706.
    """
    data = _object(_json(text), {*_HEAD, "files", "settings"}, "the manifest")
    _strings(data, _HEAD, "")
    return Manifest(
        data["name"],
        data["recipe_sha256"],
        data["version"],
        _settings(data["settings"]),
        _files(data["files"]),
    )


def _json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        if re.search(r"^<{7} ", text, re.MULTILINE):
            _malformed("holds an unresolved merge conflict")
        _malformed("is not JSON with each key once")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("duplicate key")
    return data


def _object(value: object, keys: Iterable[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(keys):
        _malformed(f"does not have exactly the keys {', '.join(sorted(keys))} in {where}")
    return value


def _strings(data: Mapping[str, Any], rules: Mapping[str, re.Pattern[str]], where: str) -> None:
    for key, rule in rules.items():
        if not isinstance(data[key], str) or not rule.fullmatch(data[key]):
            _malformed(f"has a `{where}{key}` that hpcgen does not write")


def _settings(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        _malformed("has `settings` that are not strings")
    return value


def _files(value: object) -> tuple[Entry, ...]:
    if not isinstance(value, list):
        _malformed("has `files` that are not a list")
    files = tuple(_entry(item, f"files[{index}]") for index, item in enumerate(value))
    if len({entry.path for entry in files}) != len(files):
        _malformed("lists a path twice")
    return files


def _entry(item: object, where: str) -> Entry:
    data = _object(item, _ENTRY, where)
    _strings(data, _ENTRY, f"{where}.")
    if data["path"] == MANIFEST:
        _malformed("lists itself")
    return Entry(data["path"], data["sha256"], _MODES[data["mode"]])


def _malformed(what: str) -> NoReturn:
    hint = "restore it from version control, or build with --force, which trusts nothing it says"
    raise RecipeError([Diagnostic("HG706", f"{MANIFEST} {what}", hint=hint)])
