"""`--set PATH=VALUE`: a field of the recipe, set on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.load import load_text
from hpcgen.yaml.document import Document, Node


def apply(document: Document, settings: Mapping[str, str]) -> Document:
    """The document with each value, read as YAML, at its dotted path; missing mappings are created.

    A value's place is that of its nearest ancestor in the file. Raises RecipeError: HG119 for
    a path through something that is not a mapping, and the codes of loading for a value.
    """
    root = document.root
    for path, text in settings.items():
        value = load_text(f"--set {path}", f"value: {text}\n".encode()).node(("value",))
        root = _with_value(root, path.split("."), value, path)
    return replace(document, root=root)


def _with_value(node: Node, steps: list[str], value: Node, path: str) -> Node:
    if not steps:
        return replace(value, mark=node.mark, children=None)
    if not isinstance(node.data, dict):
        message = f"`--set {path}`: there is no mapping to hold `{steps[0]}`"
        raise RecipeError(
            [Diagnostic("HG119", message, hint="name a field, as in services.a.port")]
        )
    empty = Node({}, node.mark)
    children = dict(node.children or {})
    mark, child = children.get(steps[0], (node.mark, empty))
    child = _with_value(child, steps[1:], value, path)
    children[steps[0]] = (mark, child)
    return replace(node, data={**node.data, steps[0]: child.data}, children=children)
