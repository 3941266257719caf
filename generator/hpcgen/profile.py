"""The cluster profile: what is known of the machine that a bundle is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hpcgen import schema, units
from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.document import Document
from hpcgen.load import load, load_text
from hpcgen.nearest import nearest
from hpcgen.runtime_path import RuntimePath
from hpcgen.validate import validate_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile with its defaults filled in. `kill_wait` and `ready_timeout` are seconds."""

    name: str
    title: str
    login_host: str | None
    login_port: int
    program: str
    sif_mount: str
    image_directory: RuntimePath
    provided_images: Mapping[str, RuntimePath]
    module_init: RuntimePath | None
    module_purge: bool
    modules: tuple[str, ...]
    interface: str | None
    run_root: RuntimePath
    kill_wait: int
    ready_timeout: int
    resources: Mapping[str, Any]
    gpu_directive: str


def built_in() -> tuple[str, ...]:
    """The names of the profiles that come with hpcgen."""
    folder = files("hpcgen") / "clusters"
    return tuple(sorted(path.name.removesuffix(".yaml") for path in folder.iterdir()))


def find(cluster: str, directory: Path, span: Span | None) -> Profile:
    """The profile that a recipe in `directory` calls `cluster`: a name, or a path from there.

    Raises RecipeError: HG303 where there is none, and whatever is wrong inside the file.
    """
    if "/" in cluster or cluster.endswith(".yaml"):
        return _profile(validate_profile(load(directory / cluster)))
    if cluster not in built_in():
        near = nearest(cluster, built_in())
        hint = f"did you mean `{near}`?" if near else f"one of {', '.join(built_in())}"
        message = f"there is no cluster profile called `{cluster[:40]}`"
        raise RecipeError(
            [Diagnostic("HG303", message, span, f"{hint}; or give a file: ./my.yaml")]
        )
    path = files("hpcgen") / "clusters" / f"{cluster}.yaml"
    return _profile(validate_profile(load_text(f"{cluster}.yaml", path.read_bytes())))


def _profile(document: Document) -> Profile:
    facts = schema.fill(schema.read("cluster"), document.data)
    modules, login = facts["modules"], facts["login"]
    return Profile(
        name=facts["name"],
        title=facts["title"],
        login_host=login.get("host"),
        login_port=login["port"],
        program=facts["runtime"]["program"],
        sif_mount=facts["runtime"]["sif_mount"],
        image_directory=RuntimePath(facts["images"]["directory"]),
        provided_images={
            name: RuntimePath(path) for name, path in facts["images"]["provided"].items()
        },
        module_init=RuntimePath(modules["init"]) if "init" in modules else None,
        module_purge=modules["purge"],
        modules=tuple(modules.get("load", ())),
        interface=facts["network"].get("interface"),
        run_root=RuntimePath(facts["storage"]["run_root"]),
        kill_wait=facts["kill_wait"],
        ready_timeout=units.duration(facts["readiness"]["timeout"]),
        resources=facts["resources"],
        gpu_directive=facts["gpu_directive"],
    )
