"""Rows of experiments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.diagnostics.finds import finds
from hpcgen.model.entry import Service
from hpcgen.plan.connection import connection
from hpcgen.plan.experiments.merge_rows import Columns, UnlikeError, merged
from hpcgen.plan.experiments.rows import ExperimentRows
from hpcgen.plan.experiments.server import Server
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import ClientPart
from hpcgen.plan.rules.situation import Situation
from hpcgen.plan.rules.time_limits import outlasted
from hpcgen.plan.sizes.request import Request
from hpcgen.text import units


@finds("HG433")
def rows_that_outlast_their_job(situation: Situation) -> Iterator[Diagnostic]:
    """A row that lasts longer than its job or its target's, at the row's own cell."""
    for rows in situation.experiments:
        for row, offer in zip(rows.experiment.rows, rows.offers, strict=True):
            for problem in outlasted(row.client, offer, situation.stopping):
                fields = (field for field in ("resources.time", "duration") if field in row.places)
                spans = [*(row.places[field] for field in fields), *row.places.values()]
                yield replace(problem, span=spans[0])


@finds("HG508")
def rows_of_another_script(situation: Situation) -> Iterator[Diagnostic]:
    """The first row that the script of the first row cannot run."""
    for rows in situation.experiments:
        first = rows.experiment.rows[0]
        for row, part in zip(rows.experiment.rows, rows.parts, strict=True):
            if not _is_one_script(rows, part):
                field = next(name for name in row.cells if row.cells[name] != first.cells[name])
                message = f"`{field}` makes this row another script than the first row is"
                hint = "rows may differ in values alone; write a second client for the rest"
                yield Diagnostic("HG508", message, row.places[field], hint)
                break


def _is_one_script(rows: ExperimentRows, part: ClientPart) -> bool:
    try:
        merged((rows.parts[0], part), Columns({}))
    except UnlikeError:
        return False
    return True


@finds("HG508")
def rows_of_another_service(situation: Situation) -> Iterator[Diagnostic]:
    """Settings of a target that change what clients read of it, or files of the bundle."""
    jobs = {job.name: job for job in situation.jobs}
    for rows in situation.experiments:
        for row in rows.experiment.rows:
            service, server = row.client.target, rows.servers[row.server]
            if service and server.job and _differs(jobs[service.name], rows, server, service):
                field = next(cell for cell in row.cells if cell.startswith("target."))
                message = f"`{field}` changes more of `{service.name}` than its own job"
                hint = "what its clients read of it is one for all rows; write a second service"
                yield Diagnostic("HG508", message, row.places[field], hint)
                break


def _differs(job: Job, rows: ExperimentRows, server: Server, service: Service) -> bool:
    """Whether the server's connection or its files are not those of the recipe."""
    of_recipe, of_row = (_connection(one, service.name) for one in (rows.servers[0], server))
    return of_recipe != of_row or _files(job) != _files(server.job)


def _files(job: Job | None) -> list[object]:
    """What the files of its services in the bundle are made from."""
    services = job.services if job else ()
    return [(part.files, part.targets, part.node_targets, part.sidecars) for part in services]


def _connection(server: Server, name: str) -> object:
    service = next(service for service in server.recipe.services if service.name == name)
    return connection(service, server.offers[name])


@finds("HG452")
def rows_that_outlast_their_service(situation: Situation) -> Iterator[Diagnostic]:
    """Rows that together take longer than their service runs: a warning."""
    for rows in situation.experiments:
        target, seconds = rows.experiment.client.target, rows.lasts_together
        if target is None or target.job or not seconds:
            continue
        limit = target.resources["time"]
        if seconds >= units.walltime(limit):
            message = (
                f"the rows of `{rows.experiment.name}` last {units.as_walltime(seconds)} at least"
            )
            message += f", and `{target.name}` has {limit}"
            place = Related(target.origins.get("time", target.origin), "its time limit")
            hint = "give the service more time, or let more rows run at once"
            span = rows.experiment.origin
            yield Diagnostic("HG452", message, span, hint, (place,), warning=True)


@finds("HG453")
def more_rows_than_jobs(situation: Situation) -> Iterator[Diagnostic]:
    """More rows at once than the QOS runs jobs of one user: a warning."""
    profile = situation.recipe.profile
    for rows in situation.experiments:
        experiment = rows.experiment
        first = Request(experiment.rows[0].client, profile)
        most, needed = first.qos.max_jobs, {name for part in rows.parts for name in part.waits}
        services = [service for service in situation.recipe.services if service.name in needed]
        same = sum(Request(service, profile).qos_name == first.qos_name for service in services)
        at_once = experiment.max_parallel or len(experiment.rows)
        if most and at_once + same > most > same:
            message = f"qos `{first.qos_name}` runs {most} jobs of yours at a time"
            message += f", and `{experiment.name}` has {at_once} rows that may run at once"
            hint = f"the rest waits in the queue; `max_parallel: {most - same}` says so"
            yield Diagnostic("HG453", message, experiment.origin, hint, warning=True)
