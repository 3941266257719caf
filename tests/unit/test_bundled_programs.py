"""Files that an offer carries into the bundle, and what benchmark programs share."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from types import ModuleType
from typing import Any

import measuring
import pytest
from hpcgen.build import Options, compile_recipe
from hpcgen.kinds.bundled_programs import program
from hpcgen.model.entry import Service
from hpcgen.model.kind import kinds


def test_a_kind_s_files_are_of_the_bundle_and_its_job_holds_their_digests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = kinds()["redis"]
    carried = {"a.sql": "SELECT 1;\n", **program(kind, "schema.json", "measuring.py")}
    monkeypatch.setattr(kind.module, "offer", _with_files(kind.module, carried))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("name: carries\nservices: {cache: {kind: redis}}\n")
    tree = compile_recipe(recipe, Options(cluster="lab")).tree
    job, submit = tree["jobs/cache.sbatch"].content, tree["bin/submit.sh"].content
    assert '--bind "${HERE}/bundle:/bundle:ro"' in job
    for name, text in carried.items():
        assert tree[f"services/cache/{name}"].content == text
        assert f"[{name}]={hashlib.sha256(text.encode()).hexdigest()}" in job
        assert f"services/cache/{name}" in submit
    assert tree["services/cache/measuring.py"].content == Path(measuring.__file__).read_text()


def _with_files(module: ModuleType, carried: dict[str, str]) -> object:
    offer = module.offer

    def offered(service: Service) -> Any:
        return dataclasses.replace(offer(service), files=carried)

    return offered
