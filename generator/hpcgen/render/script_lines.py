"""Lines and words of scripts that are made from several facts of a part."""

from __future__ import annotations

from hpcgen.plan.parts.container import Container
from hpcgen.plan.parts.part import ClientPart, Part
from hpcgen.plan.parts.share import Share
from hpcgen.runtimes.runtime import PidFile
from hpcgen.text import shell
from hpcgen.text.values import Bash, Text, Word, joined


def followed_by(word: Text, text: str) -> Text:
    """One word: `word` and then literal text."""
    return joined(word, text)


def late_lines(part: Part, margin: str) -> tuple[Bash, ...]:
    """The assignments and exports that need the port, a directory or another service.

    Each is whole: what follows a line feed may be within quotes, where no indentation is.
    """
    values = (shell.assignments({name: v}, margin) for name, v in part.late_values.items())
    late = part.container.late_exports
    exports = [f"{margin}export {name}={shell.word(value)}" for name, value in late.items()]
    return tuple(Bash(line) for line in (*values, *exports))


def setup_lines(part: Part, margin: str) -> tuple[Bash, ...]:
    """The commands that run before the program, each as WORDS and the call that runs them."""
    if isinstance(part, ClientPart):
        before = '"${EACH_NODE[@]}" ' * part.in_steps + '"${CONTAINED[@]}" '
    else:
        binds = '"${BINDS[@]}" ' * bool(part.container.binds)
        before = '"${SHARE[@]}" ' * bool(part.share) + '"${SETUP[@]}" ' + binds + '"${IMAGE}" '
    call = f'{margin}setup {before}"${{WORDS[@]}}"'
    assigned = (shell.assignments({"WORDS": words}, margin) for words in part.setup)
    return tuple(Bash(line) for words in assigned for line in (words, call))


def step_words(share: Share | None) -> tuple[Word, ...]:
    """The words before a program that make it a step; none where there is no share.

    The step first puts its process into the file `pid`, and takes the GPUs that are its own.
    """
    if share is None:
        return ()
    size = (word for name, value in share.options for word in (f"--{name}", str(value)))
    step = ("srun", "--nodes", "1", "--ntasks", "1", "--exact", "--mpi", "none", *size)
    lines = (
        *(('echo $$ >"$0"',) if share.writes_pid else ()),
        *((f"export {share.gpus}=${share.devices}",) if share.gpus else ()),
    )
    if not lines:
        return step
    name = Bash('"${HERE}/pid"') if share.writes_pid else "bash"
    return (*step, "bash", "-c", "\n".join((*lines, 'exec "$@"')), name)


def image_words(pid_file: PidFile) -> Bash:
    """What stands for the image where a service is started."""
    words = shell.words((*pid_file.options, Bash('"${IMAGE}"')))
    return Bash(f'{words} "${{NOTING[@]}}"') if pid_file.words else words


def leftovers(container: Container) -> Bash:
    """What a job removes before it says how it has ended: its hold on data, copies of secrets."""
    held = ('"${DATA}/.owner/${OWNER}"', '"${DATA}/.new-${NONCE}"') * container.keeps_data
    secrets = ('"${HERE}/etc/secrets"',) * container.has_secret_files
    return Bash(" ".join((*held, *secrets)))
