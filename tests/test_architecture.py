"""The packages have one order, and each imports only those before it.

What is not in `ORDER` fails, so that a new package gets its place on purpose.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import hpcgen
import pytest

ROOT = Path(hpcgen.__file__).parent
STAGES = ("load", "validate", "resolve", "plan", "render", "check", "write")
ORDER = (
    # what knows nothing of recipes
    "text", "schema", "diagnostics", "secrets", "yaml", "cache", "clusters", "bundle",
    # what a recipe is, and with what the folders of kinds, runtimes, balancers and exporters are
    # written
    "model", "exporters", "kinds", "runtimes", "balancers", "patterns",
    # the stages, and what they read
    "load", "aliases", "validate", "resolve", "plan", "isolation", "render", "check", "write",
    # the folders that are found by listing
    "grafana", "services",
    # the command line
    "build", "printing", "reference", "provenance", "results", "verbs", "cli", "__main__",
)  # fmt: skip
ROOT_MODULES = 6
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if path.parent != ROOT or path.stem != "__init__"
}


def imported(path: Path) -> Iterator[str]:
    """The modules below hpcgen that a file imports, wherever in it; of a name, its module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "hpcgen":
            package = str(node.module).partition(".")[2]
            for alias in node.names:
                name = f"{package}.{alias.name}".strip(".")
                yield name if name in MODULES else package
        elif isinstance(node, ast.Import):
            names = (alias.name.partition(".") for alias in node.names)
            yield from (rest for first, _, rest in names if first == "hpcgen")


GRAPH = {name: {*imported(path)} - {"", name} for name, path in MODULES.items()}


def package(module: str) -> str:
    return module.partition(".")[0]


def test_every_package_has_its_place_in_the_order() -> None:
    assert {package(module) for module in MODULES} == {*ORDER}


def test_no_package_imports_a_later_one() -> None:
    upward = [
        f"{module} imports {other}"
        for module, others in GRAPH.items()
        for other in others
        if ORDER.index(package(other)) > ORDER.index(package(module))
    ]
    assert upward == []


def test_no_files_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(error.args[1]))


def test_the_root_has_few_modules() -> None:
    assert len([*ROOT.glob("*.py")]) <= ROOT_MODULES


def test_a_stage_knows_no_kind_of_service() -> None:
    stages = {module: others for module, others in GRAPH.items() if package(module) in STAGES}
    assert [module for module, others in stages.items() if "services" in map(package, others)] == []


def test_nothing_knows_a_balancer_but_by_the_list_of_them() -> None:
    outside = {module: others for module, others in GRAPH.items() if package(module) != "balancers"}
    imports = {other for others in outside.values() for other in others}
    assert {other for other in imports if package(other) == "balancers"} == {"balancers"}


def test_the_compiler_is_the_list_of_its_stages() -> None:
    text = (ROOT / "build.py").read_text()
    assert [stage for stage in STAGES if f"from hpcgen.{stage} import {stage}" in text] == [*STAGES]
