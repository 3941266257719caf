"""manifest.json: canonical text, and a reader that refuses what hpcgen does not write."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hpcgen.bundle.manifest import Entry, Manifest, of, parse
from hpcgen.bundle.tree import SCRIPT, File, Tree
from hpcgen.diagnostics import RecipeError
from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/manifest.schema.json").read_text())
DIGEST = "0" * 64
TREE = Tree([File("jobs/a.sbatch", "x\n", SCRIPT), File("README.md", "y\n")])


def manifest() -> Manifest:
    settings = {"services.llm.model": "é", "cluster": "lab"}
    return of(TREE, name="demo", recipe_sha256=DIGEST, version="0.1.0", settings=settings)


def test_the_text_is_canonical() -> None:
    text = manifest().to_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    listed = [(file["path"], file["mode"]) for file in json.loads(text)["files"]]
    assert listed == [("README.md", "0644"), ("jobs/a.sbatch", "0755")]
    assert list(json.loads(text)["settings"]) == ["cluster", "services.llm.model"]


def test_the_text_does_not_depend_on_the_order_of_the_files() -> None:
    made = manifest()
    turned = Manifest(
        made.name,
        made.recipe_sha256,
        made.version,
        dict(reversed(list(made.settings.items()))),
        made.files[::-1],
    )
    assert turned.to_text() == made.to_text()


def test_what_is_written_reads_back_and_fits_the_schema() -> None:
    text = manifest().to_text()
    assert parse(text) == manifest()
    assert Draft202012Validator(SCHEMA).is_valid(json.loads(text))
    assert parse(text).files[1] == Entry("jobs/a.sbatch", TREE["jobs/a.sbatch"].sha256, SCRIPT)


def _set(*path: str | int, to: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = to

    return change


BAD = {
    "unknown key": _set("date", to="2026-01-01"),
    "missing key": lambda data: data.pop("version"),
    "name with a slash": _set("name", to="../demo"),
    "name with a newline": _set("name", to="demo\n"),
    "name is a number": _set("name", to=7),
    "digest too short": _set("recipe_sha256", to="0" * 63),
    "digest with a newline": _set("recipe_sha256", to=DIGEST + "\n"),
    "empty version": _set("version", to=""),
    "settings are a list": _set("settings", to=[]),
    "setting is a number": _set("settings", "cluster", to=1),
    "files are a map": _set("files", to={}),
    "file is a string": _set("files", 0, to="README.md"),
    "file with a date": _set("files", 0, "date", to=""),
    "absolute path": _set("files", 0, "path", to="/etc/passwd"),
    "path upwards": _set("files", 0, "path", to="../../.bashrc"),
    "path upwards inside": _set("files", 0, "path", to="a/../../b"),
    "hidden path": _set("files", 0, "path", to=".git/config"),
    "path with an empty part": _set("files", 0, "path", to="a//b"),
    "path with a newline": _set("files", 0, "path", to="a\n"),
    "the manifest itself": _set("files", 0, "path", to="manifest.json"),
    "setuid": _set("files", 0, "mode", to="4755"),
    "mode as a number": _set("files", 0, "mode", to=420),
    "not an object": None,
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_reader_and_schema_refuse_alike(change: Callable[[Any], object] | None) -> None:
    data = json.loads(manifest().to_text())
    if change is None:
        data = [data]
    else:
        change(data)
    assert not Draft202012Validator(SCHEMA).is_valid(data)
    assert codes(json.dumps(data)) == ["HG706"]


UNREADABLE = {
    "empty": "",
    "cut short": manifest().to_text()[:-3],
    "duplicate key": manifest().to_text().replace("{", '{"name": "demo",', 1),
    "too deep": "[" * 100_000,
    "path listed twice": manifest().to_text().replace("jobs/a.sbatch", "README.md"),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_no_schema_sees_is_refused_too(text: str) -> None:
    assert codes(text) == ["HG706"]


def test_a_merge_conflict_is_named() -> None:
    text = "<<<<<<< HEAD\n" + manifest().to_text()
    with pytest.raises(RecipeError, match="unresolved merge conflict"):
        parse(text)


def test_every_property_is_described() -> None:
    assert list(undescribed(SCHEMA, "")) == []


def test_reading_imports_no_schema_library() -> None:
    code = "import sys, hpcgen.bundle.manifest as m; m.parse(sys.stdin.read()); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        input=manifest().to_text(),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"jsonschema", "ruamel", "jinja2"} & set(ran.stdout.split())


def codes(text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse(text)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def undescribed(schema: Any, where: str) -> Any:
    for key, value in schema.get("properties", {}).items():
        if len(value.get("description", "")) < 20:
            yield f"{where}/{key}"
        yield from undescribed(value, f"{where}/{key}")
    if "items" in schema:
        yield from undescribed(schema["items"], f"{where}/items")
