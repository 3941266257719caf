"""Values in Markdown: text stays text, whatever it looks like."""

from __future__ import annotations

import re

from markupsafe import Markup


class Markdown(Markup):
    """Markdown that hpcgen itself wrote, to be printed as it stands."""


_SPECIAL = re.compile(r"[\\`*_\[\]<>|$&~]|^[#+=-]|^[0-9]+[.)](?=\s|$)")


def text(value: object) -> Markup:
    """One line of Markdown that shows exactly `value`, also inside a table."""
    if isinstance(value, Markup):
        return value
    return Markdown(_SPECIAL.sub(_escaped, " ".join(str(value).split())))


def _escaped(special: re.Match[str]) -> str:
    """Escape the last character: in a list's number that is the full stop."""
    return f"{special[0][:-1]}\\{special[0][-1]}"


def code(value: object) -> Markup:
    """A code span. `value` must contain no backtick: it is a name, a port or a path."""
    return Markdown(f"`{value}`")
