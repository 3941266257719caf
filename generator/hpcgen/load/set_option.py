"""`--set PATH=VALUE`: a field of the recipe, set on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.load import load_text
from hpcgen.secrets.shapes import without_secrets
from hpcgen.yaml.document import Document, Mark, Node, OptionMark

_KEY = "value: "
"""Before a value, which makes it a document."""


def source(path: str, text: str) -> tuple[str, str]:
    """The name by which diagnostics call the option, and its text, with no secret in its path."""
    shown = without_secrets(path)
    return f"--set {shown}", f"{shown}={text}\n"


def apply(document: Document, settings: Mapping[str, str]) -> Document:
    """The document with each value, read as YAML, at its dotted path; missing mappings are created.

    The place of all that an option adds is within the option. Raises RecipeError: HG119 for a path
    through something that is not a mapping, and the codes of loading for a value.
    """
    root = document.root
    for path, text in settings.items():
        root = _Option(path, text).applied(root)
    return replace(document, root=root)


class _Option:
    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.name, _ = source(path, text)
        self.place = OptionMark.of(self.name, (0, 0, 0, len(path)))

    def applied(self, root: Node) -> Node:
        return self._with_value(root, self.path.split("."), self._placed(self._value()))

    def _value(self) -> Node:
        try:
            return load_text(self.name, f"{_KEY}{self.text}\n".encode()).node(("value",))
        except RecipeError as error:
            raise RecipeError(self._moved(problem) for problem in error.diagnostics) from None

    def _with_value(self, node: Node, steps: list[str], value: Node) -> Node:
        if not steps:
            return value
        if not isinstance(node.data, dict):
            message = f"`--set {self.path}`: there is no mapping to hold `{steps[0]}`"
            hint = "name a field, as in services.a.port"
            raise RecipeError([Diagnostic("HG119", message, hint=hint)])
        children = dict(node.children or {})
        mark, child = children.get(steps[0], (self.place, Node({}, self.place)))
        child = self._with_value(child, steps[1:], value)
        children[steps[0]] = (mark if steps[1:] else self.place, child)
        return replace(node, data={**node.data, steps[0]: child.data}, children=children)

    def _placed(self, node: Node) -> Node:
        """The node with the places of the option in place of those of the document."""
        children = node.children and {
            key: (self._place(mark), self._placed(child))
            for key, (mark, child) in node.children.items()
        }
        return replace(node, mark=self._place(node.mark), children=children)

    def _place(self, mark: Mark) -> Mark:
        line, column, end_line, end_column = mark
        return OptionMark.of(
            self.name,
            (line, self._column(line, column), end_line, self._column(end_line, end_column)),
        )

    def _column(self, line: int, column: int) -> int:
        """The column in `PATH=VALUE`; only the first line begins with something else there."""
        return column if line else max(0, column - len(_KEY) + len(self.path) + 1)

    def _moved(self, problem: Diagnostic) -> Diagnostic:
        if problem.span is None:
            return problem
        moved = (
            self._column(problem.span.line - 1, problem.span.column),
            self._column(problem.span.end_line - 1, problem.span.end_column),
        )
        span = Span(self.name, problem.span.line, moved[0], problem.span.end_line, moved[1])
        return replace(problem, span=span)
