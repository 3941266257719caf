"""The page of a recipe's own fields, and of what many of them share."""

from __future__ import annotations

from hpcgen import schema
from hpcgen.reference.fields import table

_SHARED = {
    "resources": "Resources",
    "readiness": "Readiness",
    "reference": "References",
    "job": "Shared jobs",
    "experiment": "Experiments",
    "fleet": "Fleets",
    "balancer": "Balancers",
}


def page() -> str:
    """The page."""
    sections = [
        "# The recipe\n",
        "Every field that a recipe may have. A field that is absent has its default.\n",
        f"## At the top\n\n{schema.read('recipe')['description']}\n",
        table(schema.read("recipe")),
    ]
    definitions = schema.read("definitions")["$defs"]
    for role in ("service", "client"):
        rules = schema.flatten(definitions[role])
        heading = f"## What every {role} takes\n"
        sections += [heading, table(rules)]
    for name, title in _SHARED.items():
        rules = schema.deref(definitions[name])
        if fields := table(schema.flatten(rules) if "allOf" in rules else rules):
            sections += [f"## {title}\n", f"{rules.get('description', '')}\n", fields]
    return "\n".join(sections)
