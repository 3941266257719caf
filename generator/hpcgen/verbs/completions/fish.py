"""The completion script for fish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hpcgen.verbs.completions.commands import Command, Option, Value

_FILES = {
    "recipe": ["(__fish_complete_suffix .yaml)"],
    "any": ["(__fish_complete_path)"],
    "directory": ["(__fish_complete_directories)"],
    "": [],
}


def script(commands: Iterable[Command]) -> str:
    """The script, for a file hpcgen.fish in a folder of completions."""
    lines = ["# fish completion for hpcgen, made by: hpcgen completion fish"]
    lines += ["complete -c hpcgen -f", "complete -c hpcgen -n __fish_use_subcommand -l help -s h"]
    lines += ["complete -c hpcgen -n __fish_use_subcommand -l version"]
    for command in commands:
        lines += _command(command)
    return "\n".join(lines) + "\n"


def _command(command: Command) -> Iterator[str]:
    described = _quote(command.summary)
    yield f"complete -c hpcgen -n __fish_use_subcommand -a {command.name} -d {described}"
    seen = f"complete -c hpcgen -n '__fish_seen_subcommand_from {command.name}'"
    offered = _candidates(command.positional)
    if offered:
        yield f"{seen} -a {offered}"
    for option in command.options:
        yield f"{seen} {_option(option)}"


def _option(option: Option) -> str:
    long = [f"-l {name[2:]}" for name in option.names if name.startswith("--")]
    short = [f"-s {name[1:]}" for name in option.names if not name.startswith("--")]
    value = ["-x", *_argument(option.value)] if option.value is not None else []
    return " ".join([*long, *short, *value, f"-d {_quote(option.help)}"])


def _argument(value: Value) -> list[str]:
    offered = _candidates(value)
    return [f"-a {offered}"] if offered else []


def _candidates(value: Value) -> str:
    words = " ".join([*value.words, *_FILES[value.files]])
    return _quote(words) if words else ""


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
