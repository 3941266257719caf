"""Resources that cannot both be meant: the recipe asks for the same thing twice."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.model.entry import Client, Entry, Service
from hpcgen.model.recipe import Recipe
from hpcgen.resolve.kind_resources import SAME, source, stated


def contradictions(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG402: two fields ask for the same: of a job's resources, or of an entry."""
    for job in recipe.submissions:
        for first, second in SAME:
            if first in job.resources and second in job.resources:
                message = f"`{first}` and `{second}` of `{job.name}` ask for the same"
                other = Related(job.origins[first], f"`{first}` is here")
                span = job.origins[second]
                yield Diagnostic("HG402", message, span, "keep one of them", (other,))
    for entry in recipe.entries:
        yield from _said_twice(entry)
        if isinstance(entry, Client) and entry.target:
            yield from _two_targets(entry, entry.target)


def _said_twice(entry: Entry) -> Iterator[Diagnostic]:
    """A field of the kind that asks for a resource, beside `resources` that ask otherwise."""
    for field, value in stated(entry.kind, entry.settings).items() if not entry.job else ():
        if entry.resources[field] != value:
            said = source(entry.kind, entry.settings, field)
            message = f"`{said}` and `{field}` of `{entry.name}` ask for the same, and differ"
            yield Diagnostic("HG402", message, entry.origins[field], "keep one of them")


def _two_targets(client: Client, target: Service) -> Iterator[Diagnostic]:
    """A server outside beside a service, or what only such a server is to be told."""
    if client.endpoint:
        message = f"`target` and `target_endpoint` of `{client.name}` ask for the same"
        yield Diagnostic("HG402", message, client.origin, "keep one of them")
        return
    for field, span in client.written.items():
        rules = client.kind.schema["properties"].get(field, {})
        if "x-endpoint" in rules and client.settings[field] != rules.get("default"):
            message = (
                f"`{field}` of `{client.name}` is the target's own, and `{target.name}` has one"
            )
            hint = "remove it: it is for a `target_endpoint`"
            yield Diagnostic("HG402", message, span, hint)
