"""One recipe with an entry of every kind, as its minimal case has it: none is in another's way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe, resolve_recipe
from hpcgen.load import load
from hpcgen.model.kind import kinds
from hpcgen.plan import Plan, plan
from hpcgen.render import render


def recipe() -> dict[str, Any]:
    """Each entry is called as its kind; what it talks to in its case is that kind's here."""
    services: dict[str, Any] = {}
    clients: dict[str, Any] = {}
    for name, kind in kinds().items():
        case = load(kind.folder / "cases" / "minimal.yaml").data
        entries = {**case.get("services", {}), **case.get("clients", {})}
        entry = next(dict(entry) for entry in entries.values() if entry["kind"] == name)
        for field in ("target", "datasource", "remote_write"):
            if field in entry:
                entry[field] = entries[entry[field]]["kind"]
        (services if kind.role == "service" else clients)[name] = entry
    return {"name": "everything", "services": services, "clients": clients}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(recipe()), encoding="utf-8")
    return path


def planned(path: Path) -> Plan:
    return plan(resolve_recipe(path, Options()))


def test_a_recipe_of_every_kind_builds(path: Path) -> None:
    paths = {file.path for file in compile_recipe(path, Options()).tree}
    assert {f"jobs/{name}.sbatch" for name in kinds()} <= paths


def test_no_two_services_may_take_one_port(path: Path) -> None:
    parts = [part for job in planned(path).jobs for part in job.services]
    assert {part.kind for part in parts} == {n for n, k in kinds().items() if k.role == "service"}
    ports = [port for part in parts for port in part.ports]
    assert len(ports) >= 5 * len(parts) - 4, "a container has one port, the others a range"
    assert len(ports) == len(set(ports))


def test_every_entry_has_directories_of_its_own(path: Path) -> None:
    jobs = {file.path: file.content for file in render(planned(path))}
    for name in kinds():
        assert f"\nNAME='{name}'\n" in jobs[f"jobs/{name}.sbatch"]
