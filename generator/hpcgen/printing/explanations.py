"""The page of each diagnostic: what it means, a bad and a good example (`codes/HGnnn.md`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced block: `language` is yaml for a recipe, or that of another example.

    `files` are blocks with a file name, such as the profile that the recipe refers to.
    """

    language: str
    text: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A page. `text` is all of it, in Markdown; `title` its heading without the code."""

    code: str
    title: str
    problem: str
    bad: Example
    good: Example
    text: str


@cache
def codes() -> tuple[str, ...]:
    """Every code that has a page, sorted."""
    names = (path.name for path in (files("hpcgen") / "codes").iterdir())
    return tuple(sorted(name.removesuffix(".md") for name in names if name.endswith(".md")))


def explanation(code: str) -> Explanation:
    """The page of a code. Raises ValueError for a page with a wrong layout."""
    text = (files("hpcgen") / "codes" / f"{code}.md").read_text(encoding="utf-8")
    heading, *sections = re.split(r"^## (\w+)\n", text, flags=re.MULTILINE)
    named = dict(zip(sections[::2], sections[1::2], strict=True))
    if list(named) != ["Problem", "Bad", "Good"] or not heading.startswith(f"# {code}: "):
        raise ValueError(f"{code}.md needs `# {code}: TITLE`, then Problem, Bad and Good")
    return Explanation(
        code=code,
        title=heading.strip().removeprefix(f"# {code}: "),
        problem=named["Problem"].strip(),
        bad=_example(code, named["Bad"]),
        good=_example(code, named["Good"]),
        text=text,
    )


def _example(code: str, section: str) -> Example:
    blocks = _BLOCK.findall(section)
    unnamed = [(language, text) for language, name, text in blocks if not name]
    if len(unnamed) != 1:
        raise ValueError(f"{code}.md needs one block without a file name in Bad, and one in Good")
    return Example(*unnamed[0], {name: text for _, name, text in blocks if name})
