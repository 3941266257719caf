"""Resources that cannot both be meant: the recipe asks for the same thing twice."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.recipe import Recipe

_SAME = (("gres", "gpus_per_node"), ("mem", "mem_per_cpu"))


def contradictions(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG402: two fields of an entry's resources ask for the same."""
    for entry in (*recipe.services, *recipe.clients):
        for first, second in _SAME:
            if first in entry.resources and second in entry.resources:
                message = f"`{first}` and `{second}` of `{entry.name}` ask for the same"
                other = Related(entry.origins[first], f"`{first}` is here")
                span = entry.origins[second]
                yield Diagnostic("HG402", message, span, "keep one of them", (other,))
