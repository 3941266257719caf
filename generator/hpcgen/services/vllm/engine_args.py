"""Further arguments of vLLM's engine, and those that are not the recipe's to give."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.model.entry import Service

_SEVERAL_NODES = "`resources: {nodes: N}`"
_MANAGED = {
    "--host": "`expose`",
    "--port": "`port`",
    "--uds": "`port`",
    "--api-key": "`api_key`",
    "--model": "`model`",
    "--served-model-name": "`served_model_name`",
    "--revision": "`revision`",
    "--max-model-len": "`max_model_len`",
    "--gpu-memory-utilization": "`gpu_memory_utilization`",
    "--device-memory-utilization": "`gpu_memory_utilization`",
    "--download-dir": "`hf_cache`",
    "--hf-token": "`secrets: {HF_TOKEN: …}`",
    "--tensor-parallel-size": "`tensor_parallel_size`",
    "-tp": "`tensor_parallel_size`",
    "--pipeline-parallel-size": "`pipeline_parallel_size`",
    "-pp": "`pipeline_parallel_size`",
    "--data-parallel-size": "`data_parallel_size`",
    "-dp": "`data_parallel_size`",
    "--data-parallel-backend": "`distributed`",
    "--distributed-executor-backend": "`distributed`",
    "--nnodes": _SEVERAL_NODES,
    "-n": _SEVERAL_NODES,
    "--node-rank": _SEVERAL_NODES,
    "-r": _SEVERAL_NODES,
    "--master-addr": _SEVERAL_NODES,
    "--master-port": _SEVERAL_NODES,
    "--headless": _SEVERAL_NODES,
}
"""What hpcgen sets itself, and the field to say it in."""


def engine_args(service: Service) -> Iterator[str]:
    """The words of `engine_args`: a list as it stands; of a mapping, an option for each entry.

    There `true` is the option alone, `false` its --no- form, a list several words, a mapping JSON.
    """
    given = service.settings.get("engine_args", [])
    if isinstance(given, list):
        yield from (str(each) for each in given)
        return
    for name, value in given.items():
        if value is False:
            yield f"--no-{_bare(name)}"
            continue
        yield f"--{_bare(name)}"
        several = value if isinstance(value, list) else [] if value is True else [value]
        yield from (_word(each) for each in several)


def managed(service: Service) -> Iterator[Diagnostic]:
    """HG431: an option that hpcgen sets itself."""
    for word in engine_args(service):
        option = word.partition("=")[0]
        known = f"--{_bare(option)}" if option.startswith("--") else option
        if known in _MANAGED:
            message = f"`{option}` of `{service.name}` is set by hpcgen"
            span = service.written["engine_args"]
            yield Diagnostic("HG431", message, span, f"say it with {_MANAGED[known]}")


def _bare(name: str) -> str:
    """An option's name as vLLM documents it; it takes underscores too."""
    return name.lstrip("-").replace("_", "-")


def _word(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict | bool) else str(value)
