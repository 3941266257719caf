"""Further arguments of vLLM's engine, and those that a recipe may not set there."""

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
"""The options that hpcgen sets, and the recipe's field for each."""


def engine_args(service: Service) -> Iterator[str]:
    """The words of `engine_args`: a list unchanged; a mapping as one option for each entry.

    In a mapping `true` is an option without value, `false` its --no- form, a list several words, a
    mapping JSON.
    """
    arguments = service.settings.get("engine_args", [])
    if isinstance(arguments, list):
        yield from (str(word) for word in arguments)
        return
    for name, value in arguments.items():
        if value is False:
            yield f"--no-{_option_name(name)}"
            continue
        yield f"--{_option_name(name)}"
        several = value if isinstance(value, list) else [] if value is True else [value]
        yield from (_word(item) for item in several)


def managed_options(service: Service) -> Iterator[Diagnostic]:
    """HG431: an option that hpcgen sets itself."""
    for word in engine_args(service):
        option = word.partition("=")[0]
        option_name = f"--{_option_name(option)}" if option.startswith("--") else option
        if option_name in _MANAGED:
            message = f"`{option}` of `{service.name}` is set by hpcgen"
            span = service.written["engine_args"]
            yield Diagnostic("HG431", message, span, f"say it with {_MANAGED[option_name]}")


def _option_name(name: str) -> str:
    """An option's name as vLLM documents it; it takes underscores too."""
    return name.lstrip("-").replace("_", "-")


def _word(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict | bool) else str(value)
