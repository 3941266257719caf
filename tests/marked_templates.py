"""Rendering with marks: each piece of a script's text with the template that it is of.

Bundles are rendered as they always are. Beside each text stands the same text with marks around
whatever a template says itself, so that what is left is of the plan, of a kind or of a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
from hpcgen.render import templates
from hpcgen.text import shapes
from hpcgen.text.values import Bash
from jinja2 import Environment, FunctionLoader, Template
from markupsafe import Markup

BEGIN, NAMED, END = "\x12", "\x13", "\x14"
"""Around text of a template, after its name; no script holds them."""

MARKED = re.compile(f"{BEGIN}([^{NAMED}]*){NAMED}([^{END}]*){END}")
"""The name of a template, with the condition that the text is printed under, and the text."""

OUTLINE = r"(?:# ====|#SBATCH|#!)"
TEXT = re.compile(rf"^{OUTLINE}.*|(\S(?:.*\S)?)", re.MULTILINE)
"""What a line of a template says, but for the outline of a script, which stays unmarked."""

TAG = re.compile(r"(\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\})", re.DOTALL)
BLOCK = re.compile(r"\{%[-+]?\s*(\w+)\s*(.*?)\s*[-+]?%\}", re.DOTALL)
ENVIRONMENT = templates._environment


def plain(marked: str) -> str:
    """The text without its marks."""
    return MARKED.sub(r"\2", marked)


def mark(name: str, text: str) -> str:
    """The text with marks around each of its lines, which say whose it is."""
    return TEXT.sub(
        lambda match: f"{BEGIN}{name}{NAMED}{match[1]}{END}" if match[1] else match[0], text
    )


def mark_source(name: str, source: str) -> str:
    """A template whose text has marks, each with the condition that it is printed under."""
    pieces = TAG.split(source)
    conditions: list[str] = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            pieces[index] = mark(" ".join([name, *conditions[-1:]]), piece)
        elif match := BLOCK.match(piece):
            nest(conditions, match[1], match[2])
    return "".join(pieces)


def nest(conditions: list[str], word: str, rest: str) -> None:
    """What holds from a block's tag on."""
    if word in ("elif", "else", "endif", "endfor"):
        ended = conditions.pop()
    if word in ("if", "elif"):
        conditions.append(f"if {rest}")
    elif word == "for":
        conditions.append(f"for {rest}")
    elif word == "else":
        conditions.append(f"unless {ended.partition(' ')[2]}")


@dataclass(frozen=True, slots=True)
class Marking:
    """Jinja's environment, which renders as it does, and keeps each text with its templates."""

    real: Environment
    marked: Environment
    texts: dict[str, str]

    def get_template(self, name: str) -> Marking.Rendering:
        """A template that renders both ways."""
        return self.Rendering(
            self.real.get_template(name), self.marked.get_template(name), self.texts
        )

    @dataclass(frozen=True, slots=True)
    class Rendering:
        """A template, which is rendered for the bundle and once more with marks."""

        real: Template
        marked: Template
        texts: dict[str, str]

        def render(self, **context: object) -> str:
            """What the template renders."""
            text = self.real.render(**context)
            marked = shapes.plain(self.marked.render(**context)).rstrip("\n") + "\n"
            assert plain(marked) == shapes.plain(text).rstrip("\n") + "\n"
            self.texts[plain(marked)] = marked
            return text


@cache
def marked_environment(spell: Callable[[object], Markup]) -> Environment:
    """The same environment, but for the marks around the text of templates and of the library."""
    real = ENVIRONMENT(spell)
    loader = real.loader
    assert loader

    def source(name: str) -> str:
        text = loader.get_source(real, name)[0]
        return text if name.endswith(".md.j2") else mark_source(name, text)

    marked = real.overlay(loader=FunctionLoader(source), bytecode_cache=None)
    marked.globals = {
        **real.globals,
        "isolation": Bash(mark("hpcgen/isolation", str(real.globals["isolation"]))),
        "verbatim": lambda name: Bash(mark(f"lib/{name}.sh", templates.verbatim(f"lib/{name}"))),
    }
    return marked


@contextmanager
def recorded() -> Iterator[dict[str, str]]:
    """What is rendered meanwhile: each text, and the same text with its marks."""
    texts: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            templates,
            "_environment",
            lambda spell: Marking(ENVIRONMENT(spell), marked_environment(spell), texts),
        )
        yield texts
