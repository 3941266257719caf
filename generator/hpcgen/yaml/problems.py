"""The problems of one document, as `load` finds them."""

from __future__ import annotations

from typing import NoReturn

from hpcgen.diagnostics import Diagnostic, RecipeError, Related, Span
from hpcgen.yaml.document import Mark, span

ENOUGH = 100
"""The number of problems after which the rest of the document is not read."""


class Problems:
    """Collects diagnostics; `stop` and the hundredth problem raise them as one `RecipeError`."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._diagnostics: list[Diagnostic] = []

    def has(self, code: str) -> bool:
        """Whether there is a problem with that code."""
        return any(diagnostic.code == code for diagnostic in self._diagnostics)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The problems noted so far."""
        return tuple(self._diagnostics)

    def add(self, code: str, message: str, where: Mark, hint: str = "", *related: Related) -> None:
        """Note a problem at `where`."""
        self.note(Diagnostic(code, message, self.span(where), hint, related))

    def note(self, diagnostic: Diagnostic) -> None:
        """Note a problem that is a diagnostic already."""
        self._diagnostics.append(diagnostic)
        if len(self._diagnostics) >= ENOUGH:
            self.settle()

    def stop(self, code: str, message: str, where: Mark, hint: str = "") -> NoReturn:
        """Note a problem beyond which the document cannot be read, and raise."""
        self.add(code, message, where, hint)
        raise RecipeError(self._diagnostics)

    def settle(self) -> None:
        """Raise `RecipeError` if there is any problem."""
        if self._diagnostics:
            raise RecipeError(self._diagnostics)

    def span(self, mark: Mark) -> Span:
        """Return the place as a diagnostic states it, counted from 1."""
        return span(self._file, mark)
