"""Values of `command`, `args` and `env`: text, or a reference to a value that the job knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hpcgen.diagnostics import Span
from hpcgen.text.values import Text, Variable
from hpcgen.yaml.document import Document, Pointer


@dataclass(frozen=True, slots=True)
class Reference:
    """`{what: name}`, such as `{port: grpc}`; the schema of `reference` lists all."""

    what: str
    name: str
    origin: Span


Argument = str | Reference | Variable | Text


def argument(document: Document, pointer: Pointer) -> Argument:
    """The value at `pointer`; a number keeps its own spelling, so that 1.10 stays 1.10."""
    node = document.node(pointer)
    if isinstance(node.data, dict):
        ((what, name),) = node.data.items()
        return Reference(what, str(name), document.value_span((*pointer, what)))
    return node.data if isinstance(node.data, str) else node.raw or str(node.data)


def references(arguments: Iterable[Argument]) -> Iterator[Reference]:
    """Those of `arguments` that are references."""
    return (argument for argument in arguments if isinstance(argument, Reference))
