"""The page of diagnostics: that of each code, one after the other."""

from __future__ import annotations

import re

from hpcgen.printing.explanations import codes, explanation

_INTRODUCTION = """\
# Diagnostics

What hpcgen reports, by code; `hpcgen explain CODE` prints the same. HG1 is found while a recipe is
read, HG2 by the schemas, HG3 by names, HG4 by the plan, HG5 in experiments, HG6 in what was made,
and HG7 while it is written.
"""


def page() -> str:
    """The page; each code has a heading of its own."""
    return "\n".join([_INTRODUCTION, *(_lower(explanation(code).text) for code in codes())])


def _lower(text: str) -> str:
    """The page with its headings one level down, outside of its examples."""
    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [re.sub(r"^#", "##", part, flags=re.MULTILINE) for part in parts[::2]]
    return "".join(parts)
