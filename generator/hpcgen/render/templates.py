"""The templates: how they are read, and how a value is spelled in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hpcgen import isolation
from hpcgen.render import compiled, script_lines
from hpcgen.text import markdown, shell
from hpcgen.text.shapes import Marked
from hpcgen.text.values import Bash


def render_template(template: str, **context: object) -> Marked:
    """Fill in a template; the text has one final newline, and marks around values."""
    spell = markdown.text if template.endswith(".md.j2") else shell.word
    text = _environment(spell).get_template(template).render(**context)
    return Marked(text.rstrip("\n") + "\n")


@cache
def verbatim(name: str) -> Bash:
    """A bash file of the templates, without its final newline."""
    path = files("hpcgen.templates").joinpath(*f"{name}.sh".split("/"))
    return Bash(path.read_text(encoding="utf-8").rstrip("\n"))


@cache
def _environment(spell: Callable[[object], Markup]) -> Environment:
    """Templates whose every value goes through `spell`, unless a filter has spelled it."""
    environment = Environment(
        loader=PackageLoader("hpcgen.templates", "."),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - for HTML; here `finalize` spells every value
        auto_reload=False,
        bytecode_cache=compiled.templates(spell),
        keep_trailing_newline=True,
        finalize=spell,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        shell.words,
        shell.continued,
        shell.assignments,
        shell.directive,
        shell.indented,
        shell.comment,
        shell.name,
        shell.entry_name,
        shell.remark,
        markdown.code,
        script_lines.followed_by,
        script_lines.late_lines,
        script_lines.setup_lines,
        script_lines.step_words,
        script_lines.image_words,
        script_lines.leftovers,
    )
    environment.filters.update({function.__name__: function for function in filters})
    environment.globals["isolation"] = isolation.branches()
    environment.globals["verbatim"] = lambda name: verbatim(f"lib/{name}")
    return environment
