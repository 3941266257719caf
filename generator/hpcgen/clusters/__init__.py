"""The names of the cluster profiles that come with hpcgen (`clusters/`)."""

from __future__ import annotations

from importlib.resources import files


def built_in() -> tuple[str, ...]:
    """Every name, sorted."""
    names = (path.name for path in (files("hpcgen") / "clusters").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))
