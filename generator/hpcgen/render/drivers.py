"""The drivers of experiments: a script below `bin/` for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen.plan import Plan
from hpcgen.plan.experiments.job import ExperimentJob
from hpcgen.plan.job import Job
from hpcgen.render.bundle_script import ASKS_SLURM, BundleScript
from hpcgen.text.values import Value


def driver(
    plan: Plan,
    experiment: ExperimentJob,
    where: Mapping[str, Value],
    variables: Mapping[str, Value],
) -> BundleScript:
    """`bin/run-<experiment>.sh`; `variables` are the secrets that are variables of the shell."""
    (client,) = experiment.job.parts
    target = experiment.experiment.client.target
    target_name = target.name if target and experiment.servers else ""
    needs = tuple(name for name in client.waits if name != target_name)
    jobs = plan.job_of
    values: dict[str, Value] = {
        **where,
        "EXPERIMENT": experiment.name,
        "CLIENT": client.name,
        "MAX_PARALLEL": experiment.experiment.max_parallel or "",
        **({"TARGET": target_name} if target_name else {}),
        "SERVERS": tuple(name for name in _servers(plan, experiment.job) if name != target_name),
        "NEEDS": needs,
        "JOB_OF": {name: jobs[name] for name in needs if name in jobs},
        "FILES": (f"experiments/{experiment.name}.tsv", *_files(experiment)),
        **variables,
    }
    secrets = ("submit-secrets",) if variables else ()
    runs = ("experiment-target", "experiment-each") if target_name else ("experiment-once",)
    before = (*secrets, "keep", "experiment-services", "remedy", "batch")
    after = (*before, "experiment-rows", "experiment-begin", *runs, "experiment-end")
    asks = (*ASKS_SLURM, "lib/job-directories", "lib/need-answer")
    parts = ("bin/experiment-table", *asks, "lib/submitting", *(f"bin/{part}" for part in after))
    title = f"Run the rows of {experiment.name}, and see how each ends."
    return BundleScript(f"run-{experiment.name}", title, values, parts)


def _files(experiment: ExperimentJob) -> dict[str, None]:
    """The files of the bundle that the jobs of an experiment read, besides its table."""
    jobs = (experiment.job, *experiment.servers)
    connections = [f"connections/{name}.env" for job in jobs for name in job.needs]
    connections += ["bin/preflight.sh"] if any(job.checks_fleets for job in jobs) else []
    parts = [part for job in jobs for part in job.parts]
    carried = [f"{part.folder}/{name}" for part in parts for name in part.file_names]
    return dict.fromkeys((*connections, *carried))


def _servers(plan: Plan, job: Job) -> Iterator[str]:
    """The jobs of the services that a job waits for, and of those that these wait for."""
    awaited = set(job.needs)
    servers = []
    for server in reversed(plan.jobs):
        if awaited & {part.name for part in server.services}:
            awaited |= set(server.needs)
            servers.append(server.name)
    yield from reversed(servers)
