"""What a recipe may do and probably should not is said, and done all the same."""

from __future__ import annotations

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
