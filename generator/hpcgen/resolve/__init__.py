"""Stage 3: fill in what the recipe leaves to its defaults, its kinds and its cluster."""

from __future__ import annotations

from pathlib import Path

from hpcgen import schema
from hpcgen.diagnostics import RecipeError
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.resolve import entries, fleets, names, profiles, shared_jobs, sharing
from hpcgen.resolve.experiment_entries import experiment
from hpcgen.resolve.experiments import misshapen
from hpcgen.yaml.document import Document


def resolve(document: Document, directory: Path, cluster: str | None = None) -> Recipe:
    """The recipe in full.

    `directory` is where a profile's relative path starts; `cluster` replaces the recipe's own,
    and its path starts in the working directory.
    Raises RecipeError: HG303 for the profile, and what `resolve_for` raises.
    """
    named = cluster or schema.fill(schema.read("recipe"), document.data)["cluster"]
    where = Path() if cluster else directory
    span = None if cluster else document.value_span(("cluster",))
    return resolve_for(profiles.find(named, where, span), document)


def resolve_for(profile: Profile, document: Document) -> Recipe:
    """The recipe in full, for the cluster of this profile, whichever it names itself.

    Raises RecipeError: HG301 to HG308 for names (`names.py`),
    HG309, HG310 and HG403 to HG407 for jobs that are shared (`sharing.py`), HG501 to HG507 for
    experiments, and HG2 for what a row makes of its client (`experiments.py`).
    """
    data = schema.fill(schema.read("recipe"), document.data)
    problems = [*names.misnamed(document), *sharing.homeless(document)]
    if problems := [*problems, *misshapen(document, profile.max_array_size)]:
        raise RecipeError(problems)
    jobs = shared_jobs.shared_jobs(document, profile)
    services = {
        name: entries.service(document, profile, jobs, name) for name in data.get("services", ())
    }
    clients = {
        name: entries.client(document, profile, jobs, name, services.get(client.get("target")))
        for name, client in data.get("clients", {}).items()
    }
    recipe = Recipe(
        name=data["name"],
        file=document.name,
        description=data.get("description", ""),
        profile=profile,
        stop_resources=entries.stop_resources(document, profile),
        jobs=tuple(jobs.values()),
        services=tuple(
            each for one in services.values() for each in fleets.planned(document, profile, one)
        ),
        clients=tuple(clients.values()),
        experiments=tuple(
            experiment(document, profile, clients[each["client"]], name)
            for name, each in data.get("experiments", {}).items()
        ),
    )
    twice = fleets.named_twice(recipe)
    if problems := [*twice, *names.unresolved(recipe)]:
        raise RecipeError(problems)
    return recipe
