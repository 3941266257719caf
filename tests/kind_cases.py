"""The cases of every kind, for each cluster and runtime that they are built for."""

from __future__ import annotations

from pathlib import Path

from hpcgen.build import Options, resolve_recipe
from hpcgen.diagnostics import RecipeError
from hpcgen.model.kind import kinds
from hpcgen.plan import plan

PROJECT = Path(__file__).parent.parent
CLUSTERS = ("generic", "lab")
RUNTIMES = ("podman-hpc", "pyxis")
CASES = {
    f"{name}/{case.stem}-{cluster}": (case, cluster)
    for name, kind in kinds().items()
    for case in sorted((kind.folder / "cases").glob("*.yaml"))
    for cluster in CLUSTERS
}


def is_contained(case: Path, cluster: str) -> bool:
    """Whether the runtime of a site can run all of the case; HG421 says what it cannot."""
    try:
        plan(resolve_recipe(case, Options(cluster=cluster)))
    except RecipeError as error:
        assert {diagnostic.code for diagnostic in error.diagnostics} == {"HG421"}, error
        return False
    return True


CASES |= {
    f"{name}/minimal-{program}": (case, cluster)
    for name, kind in kinds().items()
    for program in RUNTIMES
    if is_contained(
        case := kind.folder / "cases" / "minimal.yaml",
        cluster := str(PROJECT / f"tests/profiles/{program}.yaml"),
    )
}
"""Every case for two clusters, and the minimal one for each further runtime that can run it."""
