"""The pages of the kinds: what each takes beyond the fields that all of its role have."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen import schema
from hpcgen.balancers import balancers
from hpcgen.model.kind import Kind, kinds
from hpcgen.reference.fields import table

_INTRODUCTIONS = {
    "service": "Each kind takes the fields of [every service](recipe.md#what-every-service-takes), "
    "and these. Those that it gives another default are among them.",
    "client": "Each kind takes the fields of [every client](recipe.md#what-every-client-takes), "
    "and these.",
    "balancer": "A fleet's `balancer:` takes these fields.",
}


def pages() -> dict[str, str]:
    """The pages of services, clients and balancers, by path."""
    every = {**kinds(), **balancers()}
    return {f"{role}s.md": _page(role, every) for role in _INTRODUCTIONS}


def _page(role: str, every: dict[str, Kind]) -> str:
    sections = [f"# {role.capitalize()}s\n", f"{_INTRODUCTIONS[role]}\n"]
    for name in sorted(every):
        if every[name].role == role:
            sections += _section(every[name])
    return "\n".join(sections)


def _section(kind: Kind) -> Iterator[str]:
    yield f"## {kind.name}\n"
    yield f"{kind.schema['description']}\n"
    if kind.role == "client" and kind.targets:
        yield f"Targets: {', '.join(f'`{target}`' for target in kind.targets)}.\n"
    common = schema.common(kind.role) if kind.role in ("service", "client") else frozenset()
    base = schema.read("definitions")["$defs"].get(kind.role, {})
    usual = schema.flatten(base)["properties"] if common else {}
    unchanged = {name for name in common if kind.schema["properties"].get(name) == usual.get(name)}
    yield table(kind.schema, without={*unchanged, "kind"})
