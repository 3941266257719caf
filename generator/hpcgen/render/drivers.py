"""The drivers of experiments: a script below `bin/` for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen.plan import Plan
from hpcgen.plan.experiments.job import ExperimentJob
from hpcgen.plan.job import Job
from hpcgen.render.bundle_script import ASKS_SLURM, BundleScript
from hpcgen.text.values import Value


def driver(
    plan: Plan, each: ExperimentJob, where: Mapping[str, Value], variables: Mapping[str, Value]
) -> BundleScript:
    """`bin/run-<experiment>.sh`; `variables` are the secrets that are variables of the shell."""
    (client,) = each.job.parts
    target = each.experiment.client.target
    own = target.name if target and each.servers else ""
    needs = tuple(name for name in client.waits if name != own)
    jobs = plan.job_of
    values: dict[str, Value] = {
        **where,
        "EXPERIMENT": each.name,
        "CLIENT": client.name,
        "MAX_PARALLEL": each.experiment.max_parallel or "",
        **({"TARGET": own} if own else {}),
        "SERVERS": tuple(name for name in _servers(plan, each.job) if name != own),
        "NEEDS": needs,
        "JOB_OF": {name: jobs[name] for name in needs if name in jobs},
        "FILES": (f"experiments/{each.name}.tsv", *_read(each)),
        **variables,
    }
    secrets = ("submit-secrets",) if variables else ()
    runs = ("experiment-target", "experiment-each") if own else ("experiment-once",)
    before = (*secrets, "keep", "experiment-services", "remedy", "batch")
    after = (*before, "experiment-rows", "experiment-begin", *runs, "experiment-end")
    asks = (*ASKS_SLURM, "lib/job-directories", "lib/need-answer")
    parts = ("bin/experiment-table", *asks, "lib/submitting", *(f"bin/{part}" for part in after))
    title = f"Run the rows of {each.name}, and see how each ends."
    return BundleScript(f"run-{each.name}", title, values, parts)


def _read(each: ExperimentJob) -> dict[str, None]:
    """What the jobs of an experiment read of the bundle, beside its table."""
    jobs = (each.job, *each.servers)
    connections = [f"connections/{name}.env" for job in jobs for name in job.needs]
    connections += ["bin/preflight.sh"] if any(job.checks_fleets for job in jobs) else []
    parts = [part for job in jobs for part in job.parts]
    carried = [f"{part.folder}/{name}" for part in parts for name in part.file_names]
    return dict.fromkeys((*connections, *carried))


def _servers(plan: Plan, job: Job) -> Iterator[str]:
    """The jobs of the services that a job waits for, and of those that these wait for."""
    wanted = set(job.needs)
    needed = []
    for each in reversed(plan.jobs):
        if wanted & {part.name for part in each.services}:
            wanted |= set(each.needs)
            needed.append(each.name)
    yield from reversed(needed)
