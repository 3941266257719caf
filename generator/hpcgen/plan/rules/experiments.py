"""What an experiment may do and probably should not: said, and then done all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.model.recipe import Recipe
from hpcgen.plan.experiments.job import ExperimentJob
from hpcgen.plan.sizes.request import Request
from hpcgen.text import units


def experiment_warnings(
    recipe: Recipe, experiments: Iterable[ExperimentJob]
) -> Iterator[Diagnostic]:
    """HG452: rows that outlast their service. HG453: more rows at once than the QOS runs."""
    for each in experiments:
        yield from _outlasts_service(each)
        yield from _crowded(recipe, each)


def _outlasts_service(each: ExperimentJob) -> Iterator[Diagnostic]:
    target = each.experiment.client.target
    if target is None or target.job or not each.lasts_together:
        return
    limit = target.resources["time"]
    if each.lasts_together >= units.walltime(limit):
        message = (
            f"the rows of `{each.name}` last {units.as_walltime(each.lasts_together)} at least"
        )
        message += f", and `{target.name}` has {limit}"
        place = Related(target.origins.get("time", target.origin), "its time limit")
        hint = "give the service more time, or let more rows run at once"
        span = each.experiment.origin
        yield Diagnostic("HG452", message, span, hint, (place,), warning=True)


def _crowded(recipe: Recipe, each: ExperimentJob) -> Iterator[Diagnostic]:
    first = Request(each.experiment.rows[0].client, recipe.profile)
    most = first.qos.max_jobs
    servers = [service for service in recipe.services if service.name in each.job.needs]
    same = sum(Request(one, recipe.profile).qos_name == first.qos_name for one in servers)
    at_once = each.experiment.max_parallel or len(each.experiment.rows)
    if most and at_once + same > most > same:
        message = f"qos `{first.qos_name}` runs {most} jobs of yours at a time"
        message += f", and `{each.name}` has {at_once} rows that may run at once"
        hint = f"the rest waits in the queue; `max_parallel: {most - same}` says so"
        yield Diagnostic("HG453", message, each.experiment.origin, hint, warning=True)
