"""One script below `bin/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.shell import Bash, Value


@dataclass(frozen=True, slots=True)
class BundleScript:
    """`bin/<name>.sh`: `title` is its first comment, `values` its assignments block.

    `parts` are the files of `templates/` that it is made of, followed by `own`, a kind's bash;
    neither: the one of its name in `templates/bin/`.
    """

    name: str
    title: str
    values: Mapping[str, Value]
    parts: tuple[str, ...] = ()
    own: tuple[Bash, ...] = ()

    @property
    def path(self) -> str:
        """Where it stands in the bundle."""
        return f"bin/{self.name}.sh"
