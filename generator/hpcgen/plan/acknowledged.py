"""Warnings without those that the recipe acknowledges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.model.acknowledgement import Acknowledgement


def without_acknowledged(
    warnings: Sequence[Diagnostic], acknowledgements: Sequence[Acknowledgement]
) -> tuple[Diagnostic, ...]:
    """The warnings to report, sorted by place; an acknowledgement of nothing is one, too."""
    rest = [w for w in warnings if not any(one.covers(w) for one in acknowledgements)]
    rest += of_nothing(acknowledgements, warnings)
    return tuple(sorted(rest, key=Diagnostic.place))


@finds("HG471")
def of_nothing(
    acknowledgements: Iterable[Acknowledgement], warnings: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """Acknowledgements of warnings that do not occur."""
    for one in acknowledgements:
        if not any(one.covers(warning) for warning in warnings):
            message = f"`{one.name}` causes no warning {one.code}, which is acknowledged"
            hint = "remove it, so that the warning is seen when it occurs"
            yield Diagnostic("HG471", message, one.origin, hint, warning=True)
