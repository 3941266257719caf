"""The reference of the documentation, made from the schemas, the profiles and the diagnostics.

`make reference` writes it to docs/reference/; a test compares that folder with what is made here.
"""

from __future__ import annotations

from hpcgen.reference import clusters, diagnostics, index, kinds, recipe


def pages() -> dict[str, str]:
    """Every page by its path below docs/reference/, each with one final newline."""
    return {
        "README.md": index.page(),
        "recipe.md": recipe.page(),
        **kinds.pages(),
        "clusters.md": clusters.page(),
        "diagnostics.md": diagnostics.page(),
    }
