"""What keeps the compiler fast, as guards for any machine; the figures are `make bench`'s."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hpcgen.check import check, shellcheck
from hpcgen.check.verdicts import Verdicts
from hpcgen.load import load
from hpcgen.plan import plan
from hpcgen.render import render
from hpcgen.resolve import resolve
from hpcgen.validate import validate

from tests.bench.bench import QUICKSTART, Place
from tests.bench.recipe import LIMITS, written

HEAVY = {
    "jsonschema", "referencing", "attr", "ruamel.yaml", "cookiecutter", "importlib.metadata",
    "logging", "subprocess", "hpcgen.printing.report", "hpcgen.validate.violations",
}  # fmt: skip
STAGES: dict[str, Callable[[Any], Any]] = {
    "load": lambda path: load(path, LIMITS),
    "validate": validate,
    "resolve": lambda document: resolve(document, Path()),
    "plan": plan,
    "render": render,
    "check": check,
}


def test_a_valid_build_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    build = (
        "import sys; from hpcgen.cli import main\n"
        f"status = main(['build', {str(QUICKSTART)!r}, '-o', {str(tmp_path)!r}])\n"
        "print(*sys.modules); sys.exit(status)"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", build], env=environment,
            capture_output=True, text=True, timeout=300, check=True,
        )
        for _ in range(2)
    )  # fmt: skip
    assert "subprocess" in first.stdout.split(), "it must judge scripts that are new"
    assert HEAVY.isdisjoint(second.stdout.split())


def test_ten_times_the_services_take_at_most_twelve_times_as_long(tmp_path: Path) -> None:
    place = Place(tmp_path)
    small, large = (written(tmp_path / f"{size}.yaml", size) for size in (100, 1000))
    for recipe in (small, large):
        place.hpcgen(recipe)
    assert place.hpcgen(large) < 12 * max(place.hpcgen(small) for _ in range(2))


def test_no_stage_is_quadratic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "lint", lambda *_: [])
    monkeypatch.setattr(Verdicts, "__contains__", lambda *_: False)
    monkeypatch.setattr(Verdicts, "keep", lambda *_: None)  # they are of no linter
    small, large = (written(tmp_path / f"{size}.yaml", size) for size in (100, 1000))
    seconds(small)  # what is cached once
    least = {stage: min(seconds(small)[stage] for _ in range(3)) for stage in STAGES}
    most = seconds(large)
    growth = {stage: most[stage] / max(least[stage], 0.001) for stage in STAGES}
    assert max(growth.values()) < 33, growth  # 10 where it is linear, 100 where it is quadratic


def seconds(recipe: Path) -> dict[str, float]:
    """CPU seconds of each stage."""
    spent, value = {}, recipe
    for name, stage in STAGES.items():
        start = time.process_time()
        value = stage(value)
        spent[name] = time.process_time() - start
    return spent
