"""Fields that cannot both be meant: the recipe asks for the same thing twice."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.diagnostics.finds import finds
from hpcgen.model.entry import Client, Service
from hpcgen.model.resources import MUTUALLY_EXCLUSIVE
from hpcgen.plan.rules.situation import Situation
from hpcgen.resolve.kind_resources import resources_from_values, source_field


@finds("HG402")
def resources(situation: Situation) -> Iterator[Diagnostic]:
    """Two resources of one job that ask for the same."""
    for job in situation.with_rows.submissions:
        for first, second in MUTUALLY_EXCLUSIVE:
            if first in job.resources and second in job.resources:
                message = f"`{first}` and `{second}` of `{job.name}` ask for the same"
                other = Related(job.origins[first], f"`{first}` is here")
                span = job.origins[second]
                yield Diagnostic("HG402", message, span, "keep one of them", (other,))


@finds("HG402")
def kind_resources(situation: Situation) -> Iterator[Diagnostic]:
    """A field of the kind that asks for a resource, beside `resources` that ask otherwise."""
    for entry in situation.with_rows.entries:
        fields = {} if entry.job else resources_from_values(entry.kind, entry.settings)
        for resource, value in fields.items():
            if entry.resources[resource] != value:
                field = source_field(entry.kind, entry.settings, resource)
                message = f"`{field}` and `{resource}` of `{entry.name}` ask for the same, "
                span = entry.origins[resource]
                yield Diagnostic("HG402", f"{message}and differ", span, "keep one of them")


@finds("HG402")
def targets(situation: Situation) -> Iterator[Diagnostic]:
    """A server outside of the recipe beside a service, or a field for such a server alone."""
    for client in situation.with_rows.clients:
        if client.target and client.endpoint:
            message = f"`target` and `target_endpoint` of `{client.name}` ask for the same"
            yield Diagnostic("HG402", message, client.origin, "keep one of them")
        elif client.target:
            yield from _facts_of_an_endpoint(client, client.target)


def _facts_of_an_endpoint(client: Client, target: Service) -> Iterator[Diagnostic]:
    for field, span in client.written.items():
        schema = client.kind.schema["properties"].get(field, {})
        if "x-endpoint" in schema and client.settings[field] != schema.get("default"):
            message = f"`{field}` of `{client.name}` is the target's own, and `{target.name}` "
            hint = "remove it: it is for a `target_endpoint`"
            yield Diagnostic("HG402", f"{message}has one", span, hint)
