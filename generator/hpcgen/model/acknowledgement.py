"""A warning that the recipe acknowledges, so that it is not reported."""

from __future__ import annotations

from dataclasses import dataclass

from hpcgen.diagnostics import Diagnostic, Span


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One warning: its code, and the entry of the recipe that it is about."""

    code: str
    name: str
    entry: tuple[Span, ...]  # where that entry was written: its key, and its fields
    origin: Span

    def covers(self, warning: Diagnostic) -> bool:
        """Whether it is about this warning."""
        span = warning.span
        return warning.code == self.code and span is not None and any(map(span.is_in, self.entry))
