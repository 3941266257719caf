"""The scripts below `bin/` of a bundle, and the values that each needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hpcgen.kinds.offer import Fetch
from hpcgen.model.resources import QUEUE
from hpcgen.plan import Plan
from hpcgen.plan.connection import Connection
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import ServicePart
from hpcgen.render.bundle_script import ASKS_SLURM, BundleScript
from hpcgen.render.drivers import driver
from hpcgen.render.interactive import interactive
from hpcgen.runtimes import runtime
from hpcgen.text.values import Bash, Value

_DIRECTORIES = "lib/job-directories"
_ANSWER = "lib/need-answer"
_END = "lib/remember-end"


def bundle_scripts(plan: Plan) -> tuple[BundleScript, ...]:
    """The scripts of this plan; `pull-images` only where an image is pulled."""
    where: dict[str, Value] = {"DEPLOYMENT": plan.name, "RUN_ROOT": plan.profile.run_root.word}
    jobs: dict[str, Value] = {**where, "JOBS": tuple(job.name for job in plan.jobs)}
    everything: dict[str, Value] = {**where, "JOBS": tuple(_job_and_part_names(plan))}
    kept = tuple(dict.fromkeys(_kept_secrets(plan)))
    variables: dict[str, Value] = {"VARIABLES": tuple(name for name, _ in kept)} if kept else {}
    scripts = (
        _submit(plan, jobs, variables),
        _status(everything),
        BundleScript("logs", "Show the deployment's logs.", everything),
        _cancel(plan, jobs),
        _clean(everything),
        _preflight(plan, jobs),
    )
    secrets = (_secrets(where, kept),) if kept else ()
    pages = tuple(connection for connection in plan.connections if connection.visitor)
    tunnel = (_tunnel(plan, where, pages),) if pages else ()
    services = (part for job in plan.jobs for part in job.services)
    fetches = (_fetch(part, part.fetch) for part in services if part.fetch)
    runs = (driver(plan, experiment, where, variables) for experiment in plan.experiments)
    pulling = (_pull_images(plan),) if plan.images else ()
    return (*scripts, *runs, *secrets, *tunnel, *pulling, *fetches, *interactive(plan, where))


def _submit(plan: Plan, jobs: Mapping[str, Value], variables: Mapping[str, Value]) -> BundleScript:
    values: dict[str, Value] = {
        **jobs,
        "NEEDS": _needs(plan),
        "AFTER": {job.name: " ".join(job.after) for job in plan.jobs if job.after},
        "JOB_OF": plan.job_of,
        "FILES": tuple(_files(plan)),
        **variables,
    }
    secrets = ("submit-secrets",) if variables else ()
    after = (*secrets, "keep", "remedy", "batch", "submit-jobs")
    before = ("bin/submit", "lib/one-cluster", "lib/cluster", "lib/submitting")
    parts = (*before, *(f"bin/{part}" for part in after))
    return BundleScript("submit", "Submit the deployment.", values, parts)


def _status(everything: Mapping[str, Value]) -> BundleScript:
    parts = ("bin/status", *ASKS_SLURM, _DIRECTORIES, _END, "bin/status-why", "bin/status-jobs")
    return BundleScript("status", "Show what the deployment's jobs are doing.", everything, parts)


def _clean(everything: Mapping[str, Value]) -> BundleScript:
    parts = (*ASKS_SLURM, _DIRECTORIES, _ANSWER, _END, "bin/clean")
    return BundleScript("clean", "Remove what ended jobs left behind.", everything, parts)


def _cancel(plan: Plan, jobs: Mapping[str, Value]) -> BundleScript:
    values: dict[str, Value] = {
        **jobs,
        "NEEDS": _needs(plan),
        "JOB_OF": plan.job_of,
        "GRACE": plan.stopping.grace,
    }
    drivers = ("bin/cancel-experiments",) if plan.experiments else ()
    parts = (*ASKS_SLURM, _DIRECTORIES, _ANSWER, _END, *drivers, "bin/cancel")
    return BundleScript("cancel", "End the deployment in order.", values, parts)


def _needs(plan: Plan) -> dict[str, str]:
    """The jobs that must have started before each job."""
    return {job.name: " ".join(_awaited_jobs(plan, job)) for job in plan.jobs if job.waits}


def _awaited_jobs(plan: Plan, job: Job) -> Iterator[str]:
    """The jobs that must have started before a job; of a job array, its first task."""
    arrays = {other.name for other in plan.jobs if other.tasks}
    yield from (f"{name}_0" if name in arrays else name for name in job.waits)


def _job_and_part_names(plan: Plan) -> Iterator[str]:
    """The names of all jobs, and of the parts of shared ones: each has its own directory."""
    for job in plan.jobs:
        yield job.name
        yield from job.inside


def _files(plan: Plan) -> Iterator[str]:
    """The files of the bundle that jobs read besides their own scripts."""
    yield from (f"connections/{connection.name}.env" for connection in plan.connections)
    yield from (job.starts.path for job in plan.jobs if job.starts)
    yield from ("bin/preflight.sh",) if any(job.checks_fleets for job in plan.jobs) else ()
    for part in (part for job in plan.jobs for part in job.parts):
        yield from (f"{part.folder}/{name}" for name in part.file_names)
        yield from part.artefacts if isinstance(part, ServicePart) else ()


def _requirements(plan: Plan) -> dict[str, Value]:
    """The files and services that a submit requires, and the queue options of a small step."""
    parts = [part for job in plan.jobs for part in job.parts]
    services = [part for job in plan.jobs for part in job.services]
    sidecars = (sidecar.image.path.word for part in services for sidecar in part.sidecars)
    images = dict.fromkeys([*(part.image for part in parts if part.image), *sidecars])
    secrets = (secret.reference.file for part in parts for secret in part.container.secrets)
    options = plan.jobs[-1].directives
    names = {row.option for row in QUEUE}
    queue = (f"--{name}={value}" for name, value in options if name in names)
    return {
        "JOBS": tuple(job.name for job in plan.every_job),
        "IMAGES": tuple(images),
        "SECRETS": tuple(dict.fromkeys(file.word for file in secrets if file)),
        "SERVICES": tuple(part.name for part in services if part.address),
        "QUEUE": tuple(queue),
    }


def _kept_secrets(plan: Plan) -> Iterator[tuple[str, str]]:
    """The shell's variable and the file of each secret that is one."""
    for part in (part for job in plan.jobs for part in job.parts):
        for secret in part.container.secrets:
            if secret.reference.variable:
                yield secret.reference.variable, f"{secret.owner or part.name}.{secret.name}"


def _secrets(where: Mapping[str, Value], kept: tuple[tuple[str, str], ...]) -> BundleScript:
    names, files = (tuple(part) for part in zip(*kept, strict=True))
    values: dict[str, Value] = {**where, "VARIABLES": names, "FILES": files}
    return BundleScript("secrets", "Keep secrets of the shell for the jobs.", values)


def _tunnel(plan: Plan, where: Mapping[str, Value], pages: Iterable[Connection]) -> BundleScript:
    """The script that explains how to open the pages, and where their passwords are."""
    passwords = {page.name: page.secret for page in pages if page.secret and not page.keeps_secret}
    values: dict[str, Value] = {
        **where,
        "LOGIN_HOST": plan.profile.login_host or Bash('"$(uname -n)"'),
        "LOGIN_PORT": plan.profile.login_port,
        "PAGES": {page.name: page.visitor for page in pages},
        "PASSWORDS": passwords,
    }
    return BundleScript("tunnel", "Say how to look at the deployment's pages.", values)


def _fetch(part: ServicePart, fetch: Fetch) -> BundleScript:
    values = {name: part.values[name] for name in ("NAME", "IMAGE", "CONTAINER")}
    return BundleScript(
        f"fetch-{part.name}",
        f"For {part.name}: {fetch.title}.",
        {**values, **fetch.values},
        ("lib/log", "lib/listeners", *(part.bash[step] for step in fetch.steps)),
    )


def _preflight(plan: Plan, jobs: Mapping[str, Value]) -> BundleScript:
    runs = next((job.runtime for job in plan.jobs if job.runtime), None)
    balancers = [part for job in plan.jobs for part in job.services if part.balances]
    fleets = {part.name: _fleet(part) for part in balancers}
    states = {part.kind: part.bash["state"] for part in balancers}
    fleet_parts = (*states.values(), "bin/fleet") if fleets else ()
    has = f"lib/{runs.has if runs else 'image-file'}"
    asks = ("lib/one-cluster", "lib/submitting", "lib/steps")
    parts = (*fleet_parts, *asks, has, "bin/remedy", "bin/preflight")
    values = {**jobs, **_requirements(plan), **({"FLEETS": fleets} if fleets else {})}
    return BundleScript("preflight", "Check what a submit needs.", values, parts)


def _fleet(part: ServicePart) -> str:
    """The number of replicas, the balancer and the health path, for the check of a fleet.

    The functions of the balancer's state.sh begin with its name (`docs/contract.md`).
    """
    return f"{part.replicas} {part.kind.replace('-', '_')} {part.health}"


def _pull_images(plan: Plan) -> BundleScript:
    runs = runtime(plan.profile.program)
    values: dict[str, Value] = {
        **({"PROGRAM": runs.program} if runs.pull == "pull-apptainer" else {}),
        "SOURCES": tuple(image.source or "" for image in plan.images),
        "IMAGES": tuple(image.path.word for image in plan.images),
    }
    title = "Fetch the images that the deployment runs."
    parts = (f"lib/{runs.has}", f"lib/{runs.pull}", "bin/pull-images")
    return BundleScript("pull-images", title, values, parts, pulls=True)
