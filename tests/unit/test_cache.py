"""What is kept between builds is found again, changes nothing, and comes from nobody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hpcgen import cache
from hpcgen.build import Options, compile_recipe
from hpcgen.render import compiled, templates
from hpcgen.text import markdown, shell

QUICKSTART = Path(__file__).parents[2] / "recipes" / "quickstart.yaml"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_a_relative_cache_home_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.directory() == tmp_path / ".cache" / "hpcgen"


def test_a_private_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    made = cache.private("templates", "key")
    assert made == tmp_path / "hpcgen" / "templates" / "key"
    assert made.stat().st_mode & 0o777 == 0o700
    assert cache.private("templates", "key") == made


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_directory_that_others_write_to_is_not_used(mode: int) -> None:
    made = cache.private("templates")
    assert made
    made.chmod(mode)
    assert cache.private("templates") is None


def test_a_link_to_elsewhere_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "hpcgen").mkdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "hpcgen" / "templates").symlink_to(tmp_path / "elsewhere")
    assert cache.private("templates") is None


def test_no_cache_where_none_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "hpcgen").write_text("a file")
    assert cache.private("templates") is None
    assert compiled.templates(shell.word) is None


def test_bash_and_markdown_are_kept_apart() -> None:
    bash, text = compiled.templates(shell.word), compiled.templates(markdown.text)
    assert bash and text and bash.directory != text.directory


def test_a_build_from_compiled_templates_is_the_same(tmp_path: Path) -> None:
    builds = []
    for _ in range(2):
        templates._environment.cache_clear()
        builds.append(compile_recipe(QUICKSTART, Options()).tree)
    kept = [path for path in (tmp_path / "hpcgen" / "templates").rglob("*") if path.is_file()]
    assert kept, "the second build had them to read"
    assert all(path.stat().st_uid == os.geteuid() for path in kept)
    first, second = ({file.path: file.content for file in tree} for tree in builds)
    assert first == second
