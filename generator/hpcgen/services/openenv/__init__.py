"""openenv: an OpenEnv server, one or a fleet of them."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.overrides import Override, override
from hpcgen.model.entry import Service
from hpcgen.model.references import Argument, Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.text.values import Variable

_CPUS = Variable("SLURM_CPUS_PER_TASK", "1")
_GOODBYE = "2"
"""Seconds that sessions have to end by themselves: less than any job's grace."""

CONNECTION = ConnectionScript(
    exports=("OPENENV_URL",),
    reads=("url",),
)


def offer(service: Service) -> ServiceOffer:
    """The application, run by uvicorn in as many processes as the job has CPUs."""
    overrides = tuple(_overrides(service))
    workers, envs = overrides[0], overrides[1]
    return ServiceOffer(
        title="an OpenEnv server",
        usual_port=8000,
        danger="OpenEnv asks for none: they can run every environment",
        probe="http",
        health="/health",
        websocket="/ws",
        command=tuple(_command(service, workers)),
        env={
            "MAX_CONCURRENT_ENVS": envs.argument,
            "PORT": Reference("port", "port", service.origin),
        },
        overrides=overrides,
        scheme="http",
        variables=CONNECTION.exports,
        writes_tmp=True,
        processes=Variable("WORKERS"),
        sessions=_processes(service) * service.settings["max_concurrent_envs"],
    )


def _overrides(service: Service) -> Iterator[Override]:
    yield override(service, "workers", _CPUS)
    yield override(service, "max_concurrent_envs")
    yield override(service, "port", service.port or "")


def _processes(service: Service) -> int:
    usual = service.resources.get("cpus_per_task", 1)
    return int(service.settings.get("workers", usual))


def _command(service: Service, workers: Override) -> Iterator[Argument]:
    venv = service.settings.get("venv") if service.image is None else None
    yield RuntimePath(f"{venv}/bin/python3").word if venv else "python3"
    yield from ("-m", "uvicorn", service.settings["app"])
    yield from ("--host", Reference("host", service.name, service.origin))
    yield from ("--port", Reference("port", "port", service.origin))
    yield from ("--workers", workers.argument)
    yield from ("--no-access-log", "--no-server-header")
    yield from ("--timeout-graceful-shutdown", _GOODBYE)
