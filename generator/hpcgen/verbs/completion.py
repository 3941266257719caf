"""`hpcgen completion`: a script that completes hpcgen's words in a shell."""

from __future__ import annotations

from hpcgen.verbs.exit_status import OK
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

SHELLS = ("bash", "zsh", "fish")

_EXAMPLES = """\
  source <(hpcgen completion bash)                   in ~/.bashrc; likewise for zsh in ~/.zshrc
  hpcgen completion fish > ~/.config/fish/completions/hpcgen.fish
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "print a script that completes hpcgen's words in a shell"
    parser = declare(verbs, "completion", run, summary, _EXAMPLES)
    parser.add_argument("shell", choices=SHELLS)


def run(options: Options) -> int:
    """Print the script, which is made from the command line's own parser."""
    from hpcgen.verbs.completions import bash, fish, zsh
    from hpcgen.verbs.completions.commands import commands

    scripts = {"bash": bash.script, "fish": fish.script, "zsh": zsh.script}
    print(scripts[options.shell](commands(options.root)), end="")
    return OK
