"""A path whose first or whole components may be variables that only the job knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hpcgen.text import values
from hpcgen.text.values import Text, Variable

_VARIABLE = re.compile(r"\$([A-Z_]+)(?=/|$)")
_SITE = frozenset({"SCRATCH", "WORK", "PROJECT", "TMPDIR", "SLURM_TMPDIR", "SLURM_JOB_ACCOUNT"})
"""The variables that only some sites set, or only a job has."""


@dataclass(frozen=True, slots=True)
class RuntimePath:
    """A path of the form that the schemas call `path`; `~/` means `$HOME/`."""

    text: str

    @property
    def word(self) -> Text:
        """The path as one word of a script."""
        return Text(tuple(self._parts(default=None)))

    @property
    def lenient(self) -> Text:
        """The same, and empty where a variable is not set, for a shell that is not ours."""
        return Text(tuple(self._parts(default="")))

    def _parts(self, default: str | None) -> Iterator[str | Variable]:
        text = self.text.replace("~", "$HOME", 1) if self.text.startswith("~/") else self.text
        for number, part in enumerate(_VARIABLE.split(text)):
            if number % 2:
                yield Variable(part, default if part in _SITE else None)
            elif part:
                yield part

    def __truediv__(self, name: str) -> RuntimePath:
        return RuntimePath(f"{self.text}/{name}")


def site_variables(value: object) -> frozenset[str]:
    """The variables that a value reads, and that only a site sets, or only a job has."""
    return _SITE.intersection(variable.name for variable in values.variables(value))
