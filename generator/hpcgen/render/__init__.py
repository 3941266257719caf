"""Stage 5: print the plan. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from hpcgen.bundle.tree import SCRIPT, File, Tree
from hpcgen.diagnostics import Span
from hpcgen.plan import Plan
from hpcgen.plan.connection import Connection
from hpcgen.plan.experiments.job import ExperimentJob
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import Part, ServicePart
from hpcgen.render.bundle_script import BundleScript
from hpcgen.render.bundle_scripts import bundle_scripts
from hpcgen.render.carried_files import CarriedFiles
from hpcgen.render.runbook import runbook
from hpcgen.render.templates import render_template, verbatim
from hpcgen.text.values import Bash, Value

Maker = Callable[[], File]
"""Renders one artefact at its first call."""


def render(plan: Plan) -> Tree:
    """The bundle's files but manifest.json, which `write` adds."""
    return Tree(make() for _, make in _Printer(plan).makers())


def artefact(plan: Plan, path: str) -> File | None:
    """The file at `path` of the same tree, printed without the others; None where there is none."""
    return next((make() for place, make in _Printer(plan).makers() if place == path), None)


class _Printer:
    """Prints the artefacts of one plan, each once: some need the digests of others."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.carried = CarriedFiles()
        self.connections = {c.name: cache(partial(_connection, plan, c)) for c in plan.connections}
        self.scripts = {s.path: cache(partial(_script, plan, s)) for s in bundle_scripts(plan)}

    def makers(self) -> Iterator[tuple[str, Maker]]:
        """Every artefact by its path, yet to be printed."""
        connections = self.connections.items()
        yield from ((f"connections/{name}.env", make) for name, make in connections)
        for part in (part for job in self.plan.jobs for part in job.parts):
            yield from ((file.path, partial(_unchanged, file)) for file in self._read_by(part))
        for job in self.plan.every_job:
            yield from self._jobs(job)
        yield from ((_table_path(one), partial(_table, one)) for one in self.plan.experiments)
        yield from self.scripts.items()
        yield "README.md", partial(_runbook, self.plan)

    def _read_by(self, part: Part) -> Iterator[File]:
        """What a part reads of the bundle."""
        for name, text in self.carried.of(part).items():
            yield File(f"{part.folder}/{name}", text, origin=part.origin)
        artefacts = part.artefacts if isinstance(part, ServicePart) else {}
        yield from (File(path, text, origin=part.origin) for path, text in artefacts.items())

    def _jobs(self, job: Job) -> Iterator[tuple[str, Maker]]:
        """The job's own script, and before it the one that this starts."""
        read: dict[str, Maker] = {}
        if job.checks_fleets:
            read["PREFLIGHT"] = self.scripts["bin/preflight.sh"]
        if job.starts:
            first = cache(partial(self._job_script, job.starts, job.origin, {}))
            read["REPLICAS_SCRIPT"] = first
            yield job.starts.path, first
        yield job.path, partial(self._job_script, job, job.origin, read)

    def _job_script(self, job: Job, origin: Span | None, read: Mapping[str, Maker]) -> File:
        """A job's script, which holds the digests of those that it reads."""
        text = render_template(
            job.template,
            plan=self.plan,
            job=job,
            part=job.parts[0] if job.parts else None,
            shared=job.shared,
            margin=Bash("  " if job.shared else ""),
            values_of=self.carried.values,
            values=self._values(job, read),
        )
        return File(job.path, text, SCRIPT, origin)

    def _values(self, job: Job, read: Mapping[str, Maker]) -> dict[str, Value]:
        """The block of assignments, with the digests of what the script reads of the bundle."""
        runs_one_service = not job.shared and job.services
        files = self.carried.digests(job.services[0]) if runs_one_service else {}
        scripts = {name: make().sha256 for name, make in read.items()}
        needs = {name: self.connections[name]().sha256 for name in job.reaches}
        return {**job.values, **files, **scripts, **({"NEEDS": needs} if needs else {})}


def _unchanged(file: File) -> File:
    return file


def _table_path(experiment: ExperimentJob) -> str:
    return f"experiments/{experiment.name}.tsv"


def _table(experiment: ExperimentJob) -> File:
    return File(_table_path(experiment), experiment.table, origin=experiment.job.origin)


def _connection(plan: Plan, connection: Connection) -> File:
    text = render_template("connection.env.j2", plan=plan, connection=connection)
    return File(f"connections/{connection.name}.env", text, origin=connection.origin)


def _script(plan: Plan, script: BundleScript) -> File:
    parts = script.parts or (f"bin/{script.name}",)
    texts = (part if isinstance(part, Bash) else verbatim(part) for part in parts)
    bash = Bash("\n\n".join(texts))
    return File(
        script.path, render_template("script.sh.j2", plan=plan, script=script, bash=bash), SCRIPT
    )


def _runbook(plan: Plan) -> File:
    return File("README.md", render_template("README.md.j2", plan=plan, runbook=runbook(plan)))
