"""Cluster profiles, of hpcgen and of users, read and validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from hpcgen import schema
from hpcgen.clusters import built_in
from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.load import load, load_text
from hpcgen.model.profile import Partition, Profile, Qos
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.secrets.visible import quoted
from hpcgen.text import units
from hpcgen.text.nearest import nearest
from hpcgen.validate import validate_profile
from hpcgen.yaml.document import Document


def load_profile(cluster: str, directory: Path, span: Span | None) -> Profile:
    """The profile that a recipe in `directory` calls `cluster`: a name, or a path from there.

    Raises RecipeError: HG303 if there is none, and the problems of the file itself.
    """
    return profile_of(profile_document(cluster, directory, span))


def profile_document(cluster: str, directory: Path, span: Span | None) -> Document:
    """The document of that profile, without defaults; raises what `load_profile` raises."""
    if "/" in cluster or cluster.endswith(".yaml"):
        return validate_profile(_load(cluster, directory, span))
    if cluster not in built_in():
        near = nearest(cluster, built_in())
        listing = "`hpcgen list clusters` names them; or give a file: ./my.yaml"
        hint = f"did you mean `{near}`?" if near else listing
        message = f"there is no cluster profile called {quoted(cluster)}"
        raise RecipeError([Diagnostic("HG303", message, span, hint)])
    path = files("hpcgen") / "clusters" / f"{cluster}.yaml"
    return validate_profile(load_text(f"{cluster}.yaml", path.read_bytes()))


def _load(cluster: str, directory: Path, span: Span | None) -> Document:
    """The profile's document, named as in the recipe; `span` is the place of read errors."""
    try:
        return load(directory / cluster, name=cluster)
    except RecipeError as error:
        problems = error.diagnostics
        raise RecipeError(
            replace(diagnostic, span=diagnostic.span or span) for diagnostic in problems
        ) from None


def profile_of(document: Document) -> Profile:
    """The profile that a valid document describes."""
    facts = schema.fill(schema.read("cluster"), document.data)
    modules, login = facts["modules"], facts["login"]
    return Profile(
        name=facts["name"],
        title=facts["title"],
        tried=facts["tried"],
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
        module_paths=tuple(RuntimePath(path) for path in modules.get("use", ())),
        modules=tuple(modules.get("load", ())),
        interface=facts["network"].get("interface"),
        run_root=RuntimePath(facts["storage"]["run_root"]),
        kill_wait=facts["kill_wait"],
        max_array_size=facts["max_array_size"],
        ready_timeout=units.duration(facts["readiness"]["timeout"]),
        resources=facts["resources"],
        gpu_directive=facts["gpu_directive"],
        gpu_vendor=facts["gpu_vendor"],
        gpu_environment=facts["gpu_environment"],
        arch=facts.get("arch"),
        compute_internet=facts["network"].get("compute_internet"),
        environment=facts["environment"],
        require=tuple(facts["require"]),
        forbid=facts["forbid"],
        select=facts["select"],
        partitions={
            name: Partition(**partition) for name, partition in facts["partitions"].items()
        },
        qos={name: _qos(qos) for name, qos in facts["qos"].items()},
        default_qos=facts.get("default_qos"),
    )


def _qos(qos: Mapping[str, Any]) -> Qos:
    partitions = tuple(qos["partitions"]) if "partitions" in qos else None
    return Qos(**{**qos, "partitions": partitions})
