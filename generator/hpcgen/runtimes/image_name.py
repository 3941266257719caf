"""The parts of an image's name with tag or digest, without `docker://`."""

from __future__ import annotations

from hpcgen.model.runtime_path import RuntimePath


def registry(name: str) -> tuple[str, str]:
    """The registry and the rest of the name; without a registry, "" for Docker Hub.

    >>> registry("ghcr.io/web/server:2.1"), registry("vllm/vllm-openai:v0.9"), registry("redis:8")
    (('ghcr.io', 'web/server:2.1'), ('', 'vllm/vllm-openai:v0.9'), ('', 'redis:8'))
    """
    first, slash, rest = name.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return (first, rest) if named else ("", name)


def file(name: str, directory: RuntimePath, suffix: str) -> RuntimePath:
    """The file that the image is pulled to, named after the last part of its name.

    >>> file("ghcr.io/web/server:2.1", RuntimePath("$HOME/containers"), ".sif").text
    '$HOME/containers/server_2.1.sif'
    """
    base = name.rpartition("/")[2].replace("@", "_").replace(":", "_")
    return directory / f"{base}{suffix}"
