"""Resources that cannot both be meant: the recipe asks for the same thing twice."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.recipe import Recipe

_SAME = (("gres", "gpus_per_node"), ("mem", "mem_per_cpu"))


def contradictions(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG402: two fields of a job's resources ask for the same."""
    for job in recipe.submissions:
        for first, second in _SAME:
            if first in job.resources and second in job.resources:
                message = f"`{first}` and `{second}` of `{job.name}` ask for the same"
                other = Related(job.origins[first], f"`{first}` is here")
                span = job.origins[second]
                yield Diagnostic("HG402", message, span, "keep one of them", (other,))
