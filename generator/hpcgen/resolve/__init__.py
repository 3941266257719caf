"""Stage 3: fill in the defaults of the recipe, its kinds and its cluster."""

from __future__ import annotations

from pathlib import Path

from hpcgen import schema
from hpcgen.diagnostics import RecipeError
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.resolve import acknowledgements, entries, fleets, names, profiles, shared_jobs, sharing
from hpcgen.resolve.experiment_entries import experiment
from hpcgen.resolve.experiments import invalid_rows
from hpcgen.yaml.document import Document


def resolve(document: Document, directory: Path, cluster: str | None = None) -> Recipe:
    """The resolved recipe.

    A profile's relative path starts at `directory`; `cluster` replaces the recipe's cluster, and
    its path starts at the working directory.
    Raises RecipeError: HG303 for the profile, and what `resolve_for` raises.
    """
    named = cluster or schema.fill(schema.read("recipe"), document.data)["cluster"]
    where = Path() if cluster else directory
    span = None if cluster else document.value_span(("cluster",))
    return resolve_for(profiles.load_profile(named, where, span), document)


def resolve_for(profile: Profile, document: Document) -> Recipe:
    """The resolved recipe, for the cluster of this profile instead of the one it names.

    Raises RecipeError: HG301 to HG308 for names (`names.py`),
    HG309, HG310 and HG403 to HG407 for jobs that are shared (`sharing.py`), HG501 to HG507 for
    experiments, and HG2 for what a row makes of its client (`experiments.py`).
    """
    data = schema.fill(schema.read("recipe"), document.data)
    problems = [*names.invalid_names(document), *acknowledgements.unknown_entries(document)]
    problems += sharing.missing_and_unused_jobs(document)
    if problems := [*problems, *invalid_rows(document, profile.max_array_size)]:
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
            service
            for written in services.values()
            for service in fleets.planned(document, profile, written)
        ),
        clients=tuple(clients.values()),
        experiments=tuple(
            experiment(document, profile, clients[fields["client"]], name)
            for name, fields in data.get("experiments", {}).items()
        ),
        acknowledgements=tuple(acknowledgements.acknowledgements(document)),
    )
    twice = fleets.duplicate_replica_names(recipe)
    if problems := [*twice, *names.unknown_references(recipe)]:
        raise RecipeError(problems)
    return recipe
