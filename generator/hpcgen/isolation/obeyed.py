"""One row of the list of variables that a script must not take over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """`names` are variables, or with a final * all that begin so.

    `program` obeys them, as `source` says: a manual page and its section, or a file of the source
    code. `effect` is what would go wrong, and `hostile` what a test exports: a value or more for
    each name, for a prefix its worst members.
    """

    names: tuple[str, ...]
    program: str
    source: str
    effect: str
    hostile: Mapping[str, str]
