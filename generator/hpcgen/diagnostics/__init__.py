"""What is wrong with an input, as data: one code, one message, one place, and what to do.

Every stage collects all it can find and raises one `RecipeError`; `printing/` prints it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file. Lines and columns count characters from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def is_in(self, other: Span) -> bool:
        """Whether this place begins within the other."""
        begin = (other.line, other.column)
        end = (other.end_line, other.end_column)
        return self.file == other.file and begin <= (self.line, self.column) <= end


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains the first, such as the other key of a duplicate."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem.

    `code` is stable (HG1 load, HG2 validate, HG3 resolve, HG4 plan, HG5 experiments, HG6 check, HG7
    write).
    `message` says what is, in lower case, without a full stop and without any value that
    could be a secret; `hint` says what to do. `span` is None where no source line is at fault.
    `secret` says that the text under `span` may be one, so that a code frame masks it, and
    `warning` that the bundle is made all the same.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()
    secret: bool = False
    warning: bool = False

    def place(self) -> tuple[str, int, int, str, str]:
        """Sort key: file, line, column, then code and text."""
        if self.span is None:
            return ("", 0, 0, self.code, self.message)
        return (self.span.file, self.span.line, self.span.column, self.code, self.message)


class RecipeError(Exception):
    """The one exception that crosses stages: everything a stage found, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(set(diagnostics), key=Diagnostic.place))
        super().__init__("\n".join(f"{d.code}: {d.message}" for d in self.diagnostics))
