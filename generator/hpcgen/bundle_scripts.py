"""The scripts below `bin/`: which a bundle has, and the values each needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.plan import Plan
from hpcgen.shell import Value


@dataclass(frozen=True, slots=True)
class BundleScript:
    """`bin/<name>.sh`: `title` is its first comment, `values` its assignments block."""

    name: str
    title: str
    values: Mapping[str, Value]


def bundle_scripts(plan: Plan) -> tuple[BundleScript, ...]:
    """The scripts of this plan; `pull-images` only where an image is pulled."""
    names = tuple(job.name for job in plan.jobs)
    where: dict[str, Value] = {"DEPLOYMENT": plan.name, "RUN_ROOT": plan.run_root}
    jobs: dict[str, Value] = {**where, "JOBS": names}
    files = tuple(f"connections/{connection.name}.env" for connection in plan.connections)
    targets = {job.name: job.target for job in plan.jobs if job.target}
    scripts = (
        BundleScript(
            "submit", "Submit the deployment.", {**jobs, "TARGET": targets, "FILES": files}
        ),
        BundleScript("status", "Show what the deployment's jobs are doing.", jobs),
        BundleScript("logs", "Show the deployment's logs.", jobs),
        BundleScript(
            "cancel", "End the deployment in order.", {**jobs, "GRACE": plan.stopping.grace}
        ),
        BundleScript("clean", "Remove what ended jobs left behind.", jobs),
    )
    return (*scripts, _pull_images(plan)) if plan.images else scripts


def _pull_images(plan: Plan) -> BundleScript:
    values: dict[str, Value] = {
        "PROGRAM": plan.profile.program,
        "SOURCES": tuple(image.source or "" for image in plan.images),
        "IMAGES": tuple(image.path.bash for image in plan.images),
    }
    return BundleScript("pull-images", "Fetch the images that the deployment runs.", values)
