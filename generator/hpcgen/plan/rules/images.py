"""Images that may change between two runs."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.plan.rules.situation import Situation


@finds("HG451")
def moving_tags(situation: Situation) -> Iterator[Diagnostic]:
    """An image with the tag `latest`: a warning."""
    for entry in situation.recipe.entries:
        source = entry.image.source if entry.image else None
        if source and source.endswith(":latest"):
            message = f"the image of `{entry.name}` is `latest`, which is another one tomorrow"
            hint = "name a version, or a digest: NAME@sha256:..."
            yield Diagnostic("HG451", message, entry.origin, hint, warning=True)
