"""Values in bash: one quoting rule for each place where a value can stand.

A template prints a value through one of the filters here, or directly. A string printed directly
is quoted as one word; anything that is not a string or a number is a bug.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterable, Mapping
from functools import cache

from markupsafe import Markup

from hpcgen.text import shapes
from hpcgen.text.values import Bash, Default, IfSet, NamesWith, Text, Value, Variable

_WIDTH = 98
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_LOOKS_EXPANDED = re.compile(r"[^\x01\x7f]*[$`\\][^\x01\x7f]*")
_LOOKS_CALCULATED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[+-].+")
_LOOKS_QUOTED = re.compile("[\u00b4\u2018-\u201f]")
_KEYWORDS = frozenset({"do", "done", "esac", "fi", "then"})
_OPTION = re.compile(r"--[a-z_.-]+=")
_SPECIAL = re.compile(r'[\\"$`]')
_IN_BRACES = re.compile(r'[\\"$`}]')
_ESCAPED = r"\\\g<0>"
_SAFE_DIRECTIVE = re.compile(r"[A-Za-z0-9._,:=/+@%&|!*()\[\]-]*")


def word(value: object) -> Bash:
    """One bash word. Raises TypeError for values without an obvious spelling: None, a list.

    No spelling looks like a mistake to a reader or to shellcheck. A comma or an equals sign is
    quoted: in an array it looks like a separator (SC2054) or an index (SC2191). So is a keyword,
    which looks like the end of a forgotten line (SC1010). Text with a dollar, a backtick or a
    backslash is escaped within double quotes, where it does not look like a forgotten expansion
    (SC2016, SC1003), unless it has U+0001 or U+007F, which bash doubles there in arrays. A
    typographic quote is spelled as bytes (SC1112), and a tilde is quoted separately from the text
    after it (SC2088).
    """
    kind = type(value)
    if kind is str or kind is int:
        return _marked(str(value))
    if isinstance(value, Markup):
        return value if isinstance(value, Bash) else Bash(value)
    match value:
        case Variable():
            return Bash(f'"{expansion(value)}"')
        case Text():
            return _composed(value)
        case IfSet():
            plain = _SAFE_DIRECTIVE.fullmatch(value.word)
            conditional = value.word if plain else _spelled(value.word)
            return Bash(f"${{{value.variable}:+{conditional}}}")
        case NamesWith():
            return Bash(f'"${{!{value.prefix}@}}"')
    raise TypeError(f"{kind.__name__} is not a bash word")


@cache
def _marked(text: str) -> Bash:
    return Bash(shapes.word(_spelled(text)))


@cache
def _composed(text: Text) -> Bash:
    """Within double quotes, but for the name of an option and its equals sign."""
    first, *others = text.parts
    name = ""
    if isinstance(first, str) and (option := _OPTION.match(first)):
        name = option.group()
        first = first.removeprefix(name)
    inner = "".join(map(_inner, (first, *others)))
    return Bash(f'{name}"{inner}"')


def _inner(part: str | Variable) -> str:
    if isinstance(part, Variable):
        return expansion(part)
    return shapes.part(_SPECIAL.sub(_ESCAPED, part))


def expansion(variable: Variable) -> str:
    """A variable's value as it stands within double quotes."""
    if variable.name.isdecimal():
        return f"${variable.name}"
    name = f"{variable.name}[{variable.key}]" if variable.key else variable.name
    if variable.without:
        return f"${{{name}#{variable.without}}}"
    if variable.default is None:
        return f"${{{name}}}"
    if isinstance(variable.default, Variable):
        return f"${{{name}:-{expansion(variable.default)}}}"
    return f"${{{name}:-{shapes.part(_IN_BRACES.sub(_ESCAPED, variable.default))}}}"


@cache
def _spelled(text: str) -> Bash:
    if _LOOKS_QUOTED.search(text):
        return Bash(_in_bytes(text))
    if _LOOKS_EXPANDED.fullmatch(text):
        return Bash('"' + _SPECIAL.sub(_ESCAPED, text) + '"')
    if text.startswith("~/"):
        return Bash(f"'~'{shlex.quote(text[1:])}")
    quoted = shlex.quote(text)
    looks_otherwise = text in _KEYWORDS or re.match("[^']*[,=]", quoted)
    return Bash(f"'{quoted}'" if looks_otherwise else quoted)


def _in_bytes(text: str) -> str:
    """Text in $'...', with each typographic quote as its UTF-8 bytes, whatever the locale."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_LOOKS_QUOTED.sub(lambda match: _hex(match.group()), escaped)}'"


def _hex(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def words(values: Iterable[object]) -> Bash:
    """Several bash words, separated by spaces."""
    return Bash(" ".join(word(value) for value in values))


def assignments(values: Mapping[str, Value], margin: str = "") -> Bash:
    """One assignment per line, after `margin`, wrapped below 100 columns, in `values`' order."""
    before = str(margin)
    lines = (before + _assignment(name, value, before) for name, value in values.items())
    return Bash("\n".join(lines))


def _assignment(name: str, value: Value, margin: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name} is not a name for a value")
    if isinstance(value, tuple):
        return _in_parentheses(f"{name}=", [str(word(item)) for item in value], margin)
    if isinstance(value, Mapping):
        items = [f"[{_key(key)}]={word(item)}" for key, item in value.items()]
        return _in_parentheses(f"declare -A {name}=", items, margin)
    if isinstance(value, Default):
        return f"{name}=${{{value.variable or name}:-{word(value.default)}}}"
    if type(value) is str and _looks_like_a_slip(spelled := _spelled(value)):
        quoted = f"'{spelled}'"
        return f"{name}={shapes.word(quoted)}"
    return f"{name}={word(value)}"


def _key(text: str) -> str:
    spelled = _spelled(text)
    return shapes.part(spelled) if spelled == text else shapes.word(spelled)


def _looks_like_a_slip(spelled: str) -> bool:
    """SC2209 takes NAME=date for a forgotten $(), and SC2100 takes NAME=log-2 for a sum."""
    return spelled.isalpha() or bool(_LOOKS_CALCULATED.fullmatch(spelled))


def _in_parentheses(start: str, items: Iterable[str], margin: str) -> str:
    """A list of words of bash, wrapped."""
    return shapes.wrapped(_wrap(f"{start}(", items, margin), f"{margin}  ") + ")"


def _wrap(start: str, items: Iterable[str], margin: str) -> list[str]:
    """The lines of a list; but for the first, their indentation is left to the caller."""
    lines, line, empty = [], start, True
    width = _WIDTH - len(margin)
    used = len(start)
    for item in items:
        size = shapes.width(item)
        if used + (not empty) + size > width and line != start:
            lines.append(line)
            line, empty = "", True
            used = len(margin) + 2
        line += item if empty else f" {item}"
        used += (not empty) + size
        empty = False
    return [*lines, line]


def continued(values: Iterable[object]) -> Bash:
    """One command, its words wrapped below 100 columns with a backslash at each line's end."""
    return Bash(" \\\n    ".join(_wrap("", [str(word(value)) for value in values], "  ")))


def indented(text: str) -> Bash:
    """Bash text that holds no line feed within quotes, as a function's body."""
    return Bash(textwrap.indent(str(text), "  "))


def name(text: str) -> Bash:
    """A variable's name, as it stands. Raises ValueError for anything else."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError(f"{text} is not a variable's name")
    return Bash(text)


def entry_name(text: str) -> Bash:
    """The name of a function or variable that is made of an entry's, and read by no other name."""
    return Bash(shapes.part(name(text)))


def directive(value: object) -> Bash:
    """The rest of an `#SBATCH` line: `=VALUE`, or nothing for True.

    Slurm reads these lines, not bash, and splits them at spaces into further options, so a value
    that would need quoting is refused: a schema should have refused it before.
    """
    if value is True:
        return Bash("")
    text = str(value)
    if not _SAFE_DIRECTIVE.fullmatch(text):
        raise ValueError("a directive's value would need quoting")
    return Bash(f"={shapes.part(text)}")


@cache
def remark(text: str) -> Bash:
    """Text as comment lines of at most 98 columns; a longer word has a line of its own."""
    visible = text if text.isprintable() else _replace_controls(text)
    lines = textwrap.wrap(visible, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return Bash("\n".join(f"# {shapes.part(line)}" for line in lines))


def _replace_controls(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def comment(text: str) -> Bash:
    """Text for a comment or between double quotes: one line, nothing that bash would read."""
    return Bash(shapes.part(re.sub(r"[\x00-\x1f\x7f`$\"\\]", "?", text)))
