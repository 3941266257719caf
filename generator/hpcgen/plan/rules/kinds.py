"""What kinds find wrong with their own entries; each states its codes next to its function."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.kinds.neighbours import Neighbours
from hpcgen.plan.rules.situation import Situation


@finds()
def invalid_entries(situation: Situation) -> Iterator[Diagnostic]:
    """What `problems(entry)` of each entry's kind finds; rows of experiments are entries too."""
    for entry in situation.with_rows.entries:
        if hasattr(entry.kind.module, "problems"):
            yield from entry.kind.module.problems(entry)


@finds()
def invalid_neighbours(situation: Situation) -> Iterator[Diagnostic]:
    """What `problems_among(service, neighbours)` of each service's kind finds."""
    neighbours = Neighbours(recipe=situation.recipe, offers=situation.service_offers)
    for service in situation.recipe.services:
        if hasattr(service.kind.module, "problems_among"):
            yield from service.kind.module.problems_among(service, neighbours)
