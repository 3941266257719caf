"""The completion script for zsh."""

from __future__ import annotations

from collections.abc import Iterable

from hpcgen.verbs.completions.commands import Command, Option, Value

_FILES = {
    "recipe": "_files -g '*.(yaml|yml)'",
    "any": "_files",
    "directory": "_files -/",
    "": "",
}

_SCRIPT = """\
#compdef hpcgen
# zsh completion for hpcgen, made by: hpcgen completion zsh
_hpcgen_verbs() {{
  local -a verbs=(
{verbs}
  )
  _describe verb verbs
}}
_hpcgen() {{
  local curcontext=$curcontext state line
  _arguments -C '(- *)'{{-h,--help}}'[show help]' '(- *)--version[show the version]' \\
    '1:verb:_hpcgen_verbs' '*::argument:->arguments'
  [[ $state == arguments ]] || return
  case ${{line[1]}} in
{cases}
  esac
}}
if [[ ${{funcstack[1]}} == _hpcgen ]]; then # autoloaded from $fpath
  _hpcgen "$@"
else
  compdef _hpcgen hpcgen
fi
"""


def script(commands: Iterable[Command]) -> str:
    """The script, to be sourced, or kept as _hpcgen in a folder of $fpath."""
    commands = tuple(commands)
    return _SCRIPT.format(
        verbs="\n".join(
            f"    {_quote(f'{command.name}:{command.summary}')}" for command in commands
        ),
        cases="\n".join(_case(command) for command in commands),
    )


def _case(command: Command) -> str:
    specs = [_option(option) for option in command.options]
    specs += [_quote(f"*:{_action(command.positional)}")] if command.positional != Value() else []
    joined = " \\\n        ".join(specs)
    return f"    {command.name})\n      _arguments \\\n        {joined}\n      ;;"


def _option(option: Option) -> str:
    """As in '*'{-o+,--output=}'[help]:value:_files -/': the value may be the next word, or not."""
    value = "" if option.value is None else f":{_action(option.value)}"
    text = _quote(f"[{_escape(option.help)}]{value}")
    names = [name if option.value is None else _with_value(name) for name in option.names]
    return f"'*'{names[0]}{text}" if len(names) == 1 else f"'*'{{{','.join(names)}}}{text}"


def _with_value(name: str) -> str:
    return f"{name}=" if name.startswith("--") else f"{name}+"


def _action(value: Value) -> str:
    """`value:` and how zsh finds it: among words, among files, or both."""
    words, files = " ".join(value.words), _FILES[value.files]
    if words and files:
        return f"value:{{compadd {words}; {files}}}"
    return f"value:({words})" if words else f"value:{files}"


def _escape(text: str) -> str:
    """A help text with the special characters of `_arguments` escaped."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def _quote(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"
