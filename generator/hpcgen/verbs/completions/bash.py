"""The completion script for bash; any since 3.2 takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hpcgen.verbs.completions.commands import Command, Value

_SCRIPT = """\
# bash completion for hpcgen, made by: hpcgen completion bash
_hpcgen() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words='' files=''
  if [[ ${{word}} == '=' ]]; then # bash makes three words of --option=value
    word=''
  elif [[ ${{before}} == '=' ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  if ((COMP_CWORD == 1)); then
    words={verbs}
  else
    case "${{COMP_WORDS[1]}} ${{before}}" in
{values}
      *)
        case "${{COMP_WORDS[1]}} ${{word}}" in
{arguments}
        esac
        ;;
    esac
  fi
  COMPREPLY=()
  _hpcgen_add -W "${{words}}" -- "${{word}}"
  case ${{files}} in
    recipe)
      _hpcgen_add -d -- "${{word}}"
      _hpcgen_add -f -X '!*.yaml' -- "${{word}}"
      _hpcgen_add -f -X '!*.yml' -- "${{word}}"
      ;;
    directory) _hpcgen_add -d -- "${{word}}" ;;
    any) _hpcgen_add -f -- "${{word}}" ;;
  esac
  if [[ ${{files}} ]]; then
    compopt -o filenames 2>/dev/null
  fi
}}
_hpcgen_add() {{ # what compgen finds, a line each
  local found
  while IFS= read -r found; do
    COMPREPLY+=("${{found}}")
  done < <(compgen "$@")
}}
complete -F _hpcgen hpcgen
"""


def script(commands: Iterable[Command]) -> str:
    """The script; sourcing it is all that is needed."""
    commands = tuple(commands)
    return _SCRIPT.format(
        verbs=_quote((*(command.name for command in commands), "--help", "--version")),
        values="\n".join(line for command in commands for line in _values(command)),
        arguments="\n".join(line for command in commands for line in _arguments(command)),
    )


def _values(command: Command) -> Iterator[str]:
    """The candidates after an option that takes a value; none if they are unknown."""
    for option in command.options:
        if option.value is not None:
            pattern = " | ".join(f"'{command.name} {name}'" for name in option.names)
            yield f"      {pattern}) {_set(option.value)} ;;"


def _arguments(command: Command) -> Iterator[str]:
    names = tuple(name for option in command.options for name in option.names)
    yield f"          '{command.name} -'*) {_set(Value(names))} ;;"
    yield f"          '{command.name} '*) {_set(command.positional)} ;;"


def _set(value: Value) -> str:
    words = f"words={_quote(value.words)}" if value.words else ""
    files = f"files={value.files}" if value.files else ""
    return " ".join(part for part in (words, files) if part) or ":"


def _quote(words: Iterable[str]) -> str:
    """One bash word. The words are hpcgen's own names: none has a space or a quote."""
    return f"'{' '.join(words)}'"
