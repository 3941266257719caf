"""What a recipe may do and probably should not is said, and done all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hpcgen.cli import main

_WEB = "name: web\nservices:\n  web: {{kind: container, image: {image}, port: 8080{more}}}\n"


@pytest.mark.parametrize(
    ("image", "more", "codes"),
    [
        ("web:1", "", ["HG450"]),
        ("web:latest", "", ["HG450", "HG451"]),
        ("web:1", ", expose: job", []),
        ("/images/latest", ", expose: job", []),
    ],
)
def test_a_warning_is_said_and_the_bundle_is_made(
    image: str, more: str, codes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "web.yaml"
    recipe.write_text(_WEB.format(image=image, more=more), encoding="utf-8")
    assert main(["build", str(recipe), "-o", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    warnings = [
        line.split("]")[0] for line in printed.err.splitlines() if line.startswith("warning")
    ]
    assert warnings == [f"warning[{code}" for code in codes]
    assert printed.out.splitlines()[-1] == str(tmp_path / "web")
    assert (tmp_path / "web" / "manifest.json").exists()


def test_what_an_open_port_lets_everybody_do_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "open.yaml"
    recipe.write_text("name: open\nservices: {vectors: {kind: chroma}}\n", encoding="utf-8")
    assert main(["validate", str(recipe)]) == 0
    printed = capsys.readouterr().err
    assert "[HG450]: whoever is on the cluster may use `vectors`" in printed
    assert "they can read, change and delete every collection" in printed
    recipe.write_text(recipe.read_text().replace("chroma", "chroma, expose: job"))
    assert main(["validate", str(recipe)]) == 0
    assert "HG450" not in capsys.readouterr().err


def test_a_warning_is_an_annotation_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "web.yaml"
    recipe.write_text(_WEB.format(image="web:1", more=""), encoding="utf-8")
    assert main(["validate", str(recipe), "--format", "github"]) == 0
    assert capsys.readouterr().out.startswith("::warning ")


_ACKNOWLEDGED = """\
name: known
acknowledge:
  HG450: {vectors: "nobody else has access to this cluster"}
services:
  vectors: {kind: chroma}
  others: {kind: chroma}
"""


def warned(recipe: Path, text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    recipe.write_text(text, encoding="utf-8")
    status = main(["validate", str(recipe), "--format", "json"])
    out = capsys.readouterr().out
    return [
        f"{p['code']} {p['message']}" for p in json.loads(out or '{"problems": []}')["problems"]
    ] + ([] if status == 0 else ["refused"])


def test_an_acknowledged_warning_is_reported_of_others_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "known.yaml"
    others = "HG450 whoever is on the cluster may use `others`: it has no credential"
    assert warned(recipe, _ACKNOWLEDGED, capsys) == [others]
    both = _ACKNOWLEDGED.replace("{vectors:", "{others: ours, vectors:")
    assert warned(recipe, both, capsys) == []
    assert main(["validate", str(recipe), "--strict"]) == 0


def test_an_acknowledgement_of_nothing_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "known.yaml"
    closed = _ACKNOWLEDGED.replace("chroma}", "chroma, expose: job}")
    stale = "HG471 `vectors` causes no warning HG450, which is acknowledged"
    assert warned(recipe, closed, capsys) == [stale]
    unknown = _ACKNOWLEDGED.replace("{vectors:", "{vector:")
    message = "HG301 there is no service, client, job or experiment called `vector`"
    assert warned(recipe, unknown, capsys) == [message, "refused"]
    without_reason = _ACKNOWLEDGED.replace('"nobody else has access to this cluster"', '""')
    assert warned(recipe, without_reason, capsys)[-1] == "refused"


def test_an_expanded_recipe_acknowledges_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "known.yaml"
    first = warned(recipe, _ACKNOWLEDGED, capsys)
    assert main(["expand", str(recipe)]) == 0
    assert warned(recipe, capsys.readouterr().out, capsys) == first
