"""The warnings that a recipe acknowledges."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.model.acknowledgement import Acknowledgement
from hpcgen.text.nearest import nearest
from hpcgen.yaml.document import Document, Pointer

_FIELD = "acknowledge"
_SECTIONS = ("services", "clients", "jobs", "experiments")


def acknowledgements(document: Document) -> Iterator[Acknowledgement]:
    """Each acknowledged warning, with the place of the entry that it is about."""
    entries = _entries(document)
    for code, name in _written(document):
        place = entries[name]
        spans = (document.key_span(place), document.value_span(place))
        yield Acknowledgement(code, name, spans, document.key_span((_FIELD, code, name)))


def unknown_entries(document: Document) -> Iterator[Diagnostic]:
    """HG301: names of nothing in the recipe."""
    entries = _entries(document)
    for code, name in _written(document):
        if name not in entries:
            message = f"there is no service, client, job or experiment called `{name}`"
            near = nearest(name, entries)
            hint = f"did you mean `{near}`?" if near else ""
            yield Diagnostic("HG301", message, document.key_span((_FIELD, code, name)), hint)


def _written(document: Document) -> Iterator[tuple[str, str]]:
    """The code and the name of each."""
    for code, reasons in document.data.get(_FIELD, {}).items():
        yield from ((code, name) for name in reasons)


def _entries(document: Document) -> dict[str, Pointer]:
    """Where each entry of the recipe is, by its name."""
    data = document.data
    return {name: (section, name) for section in _SECTIONS for name in data.get(section, ())}
