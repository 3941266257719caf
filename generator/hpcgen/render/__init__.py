"""Stage 5: print the plan. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from hpcgen.bundle.tree import SCRIPT, File, Tree
from hpcgen.diagnostics import Span
from hpcgen.plan import Plan
from hpcgen.plan.experiments.job import ExperimentJob
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import ServicePart
from hpcgen.render.bundle_script import BundleScript
from hpcgen.render.bundle_scripts import bundle_scripts
from hpcgen.render.carried_files import carried_files, digests_of, values_of
from hpcgen.render.runbook import runbook
from hpcgen.render.templates import render_template, verbatim
from hpcgen.text.values import Bash, Value

Maker = Callable[[], File]
"""Renders one artefact at its first call."""


def render(plan: Plan) -> Tree:
    """The bundle's files but manifest.json, which `write` adds."""
    return Tree(make() for _, make in _makers(plan))


def artefact(plan: Plan, path: str) -> File | None:
    """The file at `path` of the tree, rendered without the others; None if there is none."""
    return next((make() for place, make in _makers(plan) if place == path), None)


def _makers(plan: Plan) -> Iterator[tuple[str, Maker]]:
    """The path of every artefact and a function that renders it; some need digests of others."""
    connections = {c.name: cache(partial(_connection, plan, c)) for c in plan.connections}
    scripts = {s.path: cache(partial(_script, plan, s)) for s in bundle_scripts(plan)}
    yield from ((f"connections/{name}.env", make) for name, make in connections.items())
    for job in plan.jobs:
        yield from ((file.path, partial(_unchanged, file)) for file in _carried_files(job))
    for job in plan.every_job:
        yield from _scripts(plan, job, connections, scripts["bin/preflight.sh"])
    yield from (
        (_table_path(experiment), partial(_table, experiment)) for experiment in plan.experiments
    )
    yield from scripts.items()
    yield "README.md", partial(_runbook, plan)


def _unchanged(file: File) -> File:
    return file


def _carried_files(job: Job) -> Iterator[File]:
    for part in job.parts:
        files = {f"{part.folder}/{name}": text for name, text in carried_files(part).items()}
        artefacts = part.artefacts if isinstance(part, ServicePart) else {}
        for path, text in {**files, **artefacts}.items():
            yield File(path, text, origin=part.origin)


def _scripts(
    plan: Plan, job: Job, connections: Mapping[str, Maker], preflight: Maker
) -> Iterator[tuple[str, Maker]]:
    """The job's script, after the script that it starts.

    `preflight` renders the script with which clients check a fleet.
    """
    read: dict[str, Maker] = {"PREFLIGHT": preflight} if job.checks_fleets else {}
    if job.starts:
        first = cache(partial(_job_script, plan, job.starts, job.origin, connections, {}))
        read["REPLICAS_SCRIPT"] = first
        yield job.starts.path, first
    yield job.path, partial(_job_script, plan, job, job.origin, connections, read)


def _job_script(
    plan: Plan,
    job: Job,
    origin: Span | None,
    connections: Mapping[str, Maker],
    read: Mapping[str, Maker],
) -> File:
    """A job's script, with the digests of the scripts that it reads."""
    digests = {name: make().sha256 for name, make in read.items()}
    return File(job.path, _job(plan, job, connections, digests), SCRIPT, origin)


def _job(
    plan: Plan, job: Job, connections: Mapping[str, Maker], digests: Mapping[str, Value]
) -> str:
    files = {} if job.shared or not job.services else digests_of(job.services[0])
    values = {**job.values, **files, **digests}
    if job.reaches:
        values["NEEDS"] = {name: connections[name]().sha256 for name in job.reaches}
    return render_template(
        job.template,
        plan=plan,
        job=job,
        part=job.parts[0] if job.parts else None,
        shared=job.shared,
        margin=Bash("  " if job.shared else ""),
        values_of=values_of,
        values=values,
    )


def _table_path(experiment: ExperimentJob) -> str:
    return f"experiments/{experiment.name}.tsv"


def _table(experiment: ExperimentJob) -> File:
    return File(_table_path(experiment), experiment.table, origin=experiment.job.origin)


def _connection(plan: Plan, connection: Any) -> File:
    text = render_template("connection.env.j2", plan=plan, connection=connection)
    return File(f"connections/{connection.name}.env", text, origin=connection.origin)


def _script(plan: Plan, script: BundleScript) -> File:
    parts = [verbatim(part) for part in script.parts or (f"bin/{script.name}",)]
    bash = Bash("\n\n".join([*parts, *script.kind_bash]))
    text = render_template("script.sh.j2", plan=plan, script=script, bash=bash)
    return File(script.path, text, SCRIPT)


def _runbook(plan: Plan) -> File:
    return File("README.md", render_template("README.md.j2", plan=plan, runbook=runbook(plan)))
