"""A path whose first or whole components may be variables that only the job knows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hpcgen.shell import Bash

_VARIABLE = re.compile(r"\$([A-Z_]+)(?=/|$)")


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
    def variables(self) -> tuple[str, ...]:
        """The variables that must be set where the job runs; HOME and USER always are."""
        return tuple(name for name in _VARIABLE.findall(self.text) if name not in ("HOME", "USER"))

    def __truediv__(self, name: str) -> RuntimePath:
        return RuntimePath(f"{self.text}/{name}")
