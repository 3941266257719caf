"""The first page of the reference."""

from __future__ import annotations

_TEXT = """\
# Reference

These pages are made from the schemas, the cluster profiles and the diagnostics of hpcgen:
`make reference` writes them.

- [The recipe](recipe.md): its own fields, and what every service and client takes.
- [Services](services.md), [clients](clients.md) and [balancers](balancers.md): each kind's fields.
- [Cluster profiles](clusters.md): every fact, and the built-in profiles with their sources.
- [Diagnostics](diagnostics.md): every error and warning, with a bad and a good example.
"""


def page() -> str:
    """The page."""
    return _TEXT
