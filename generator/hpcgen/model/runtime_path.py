"""A path whose first or whole components may be variables that only the job knows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hpcgen.text.shell import Bash

_VARIABLE = re.compile(r"\$([A-Z_]+)(?=/|$)")
_SITE = re.compile(r"\$\{(SCRATCH|WORK|PROJECT|TMPDIR|SLURM_TMPDIR|SLURM_JOB_ACCOUNT)\}")


@dataclass(frozen=True, slots=True)
class RuntimePath:
    """A path of the form that the schemas call `path`; `~/` means `$HOME/`."""

    text: str

    @property
    def bash(self) -> Bash:
        """One double-quoted bash word. The schema's pattern leaves nothing that needs escaping."""
        text = self.text.replace("~", "$HOME", 1) if self.text.startswith("~/") else self.text
        return Bash('"' + _VARIABLE.sub(r"${\1}", text) + '"')

    @property
    def lenient(self) -> Bash:
        """The same, and empty where a variable is not set, for a shell that is not ours."""
        return Bash(_SITE.sub(r"${\1-}", self.bash))

    def __truediv__(self, name: str) -> RuntimePath:
        return RuntimePath(f"{self.text}/{name}")


def variables(text: str) -> tuple[str, ...]:
    """The variables in bash text that only a site sets, or only a job has; sorted."""
    return tuple(sorted(set(_SITE.findall(text))))
