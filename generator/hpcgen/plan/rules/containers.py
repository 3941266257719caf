"""What cannot run in a container of the cluster's, or on a node where there are none."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.kinds.offer import Offer, ServiceOffer
from hpcgen.model.entry import Entry, Image, Service
from hpcgen.model.recipe import Recipe
from hpcgen.plan.rules.situation import Situation
from hpcgen.resolve.entries import image
from hpcgen.runtimes import runtime

_ELSEWHERE = "choose a cluster with apptainer or singularity; `hpcgen list clusters` tells"


@finds("HG421")
def uncontainable_programs(situation: Situation) -> Iterator[Diagnostic]:
    """An entry that needs a container on a cluster that cannot give it that one."""
    recipe, profile = situation.recipe, situation.recipe.profile
    for entry in recipe.entries:
        offer = situation.offers[entry.name]
        if entry.image and (why := _refusal(recipe, entry, offer)):
            message = f"`{entry.name}` cannot run in a container of {profile.program}: {why}"
            yield Diagnostic("HG421", message, entry.origin, _ELSEWHERE)
        elif profile.program == "none" and (reason := _needs(entry, offer)):
            message = f"`{entry.name}` needs a container: {reason}"
            where = f"and `{profile.name}` runs none"
            hint = "choose a cluster with apptainer or singularity, or make it a kind `container`"
            yield Diagnostic("HG421", f"{message}, {where}", entry.origin, hint)


def _refusal(recipe: Recipe, entry: Entry, offer: Offer) -> str:
    runs_it = runtime(recipe.profile.program)
    for needed_image in _images(recipe, entry, offer):
        if why := runs_it.image_problem(needed_image):
            return why
    fetch = offer.fetch if isinstance(offer, ServiceOffer) else None
    if runs_it.detached and fetch and fetch.needed:
        return "the login node would have to fetch for it, and knows only containers of its own"
    fleet = entry.fleet if isinstance(entry, Service) else None
    if runs_it.in_steps and fleet and fleet.shares_nodes:
        return "its replicas share a node as steps, and a container is a step that has all of it"
    return runs_it.entry_problem(entry, offer)


def _images(recipe: Recipe, entry: Entry, offer: Offer) -> Iterator[Image]:
    """Its own, and those that the recipe names for exporters beside it."""
    yield from (entry.image,) if entry.image else ()
    if isinstance(entry, Service) and isinstance(offer, ServiceOffer):
        images = (chosen.image for chosen in offer.chosen_exporters)
        yield from (image(reference, recipe.profile) for reference in images if reference)


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
    return not offer.runs_bare and bool(
        offer.config
        or offer.binds
        or offer.files
        or offer.directories
        or any(isinstance(word, str) and word.startswith("/") for word in words)
        or offer.needs_container
    )
