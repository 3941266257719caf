"""Which container runtimes jobs can be made for, and what runs where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen.diagnostics import Diagnostic
from hpcgen.offer import Offer
from hpcgen.recipe import Entry, Recipe

NOT_YET = ("pyxis", "podman-hpc")
"""Runtimes that profiles know, and in which no container can be started yet."""


def uncontainable(recipe: Recipe, offers: Mapping[str, Offer]) -> Iterator[Diagnostic]:
    """HG421: an entry that needs a container on a cluster that can give it none."""
    program = recipe.profile.program
    for entry in recipe.entries:
        if entry.image and program in NOT_YET:
            message = f"`{entry.name}` needs a container, and none can be made with {program} yet"
            hint = "choose a cluster with apptainer or singularity; `hpcgen list clusters` tells"
            yield Diagnostic("HG421", message, entry.origin, hint)
        elif program == "none" and (needed := _needs(entry, offers[entry.name])):
            message = f"`{entry.name}` needs a container: {needed}"
            where = f"and `{recipe.profile.name}` runs none"
            hint = "choose a cluster with apptainer or singularity, or make it a kind `container`"
            yield Diagnostic("HG421", f"{message}, {where}", entry.origin, hint)


def _needs(entry: Entry, offer: Offer) -> str:
    """Why an entry cannot run on the node itself; "" where it can."""
    if offer.runs_image:
        return "it has no `command` but its image's own"
    if entry.binds:
        return "it has `binds`"
    return f"kind `{entry.kind.name}` has paths inside one" if _has_paths(entry, offer) else ""


def _has_paths(entry: Entry, offer: Offer) -> bool:
    """Whether a kind counts on files at places that only its container has."""
    words = (*offer.command, *offer.env.values())
    return bool(
        offer.config
        or offer.binds
        or offer.files
        or offer.directories
        or any(isinstance(word, str) and word.startswith("/") for word in words)
        or any("${IMAGE}" in script for script in entry.kind.scripts.values())
    )
