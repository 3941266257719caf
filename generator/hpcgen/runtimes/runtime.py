"""The interface of a container runtime."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.kinds.offer import Offer
from hpcgen.model.entry import Entry, Image
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.text.values import Bash, NamesWith, Text, Value, Word

BARE = "BARE_"
"""The prefix of a program's variables where no runtime has one of its own."""

ENTER = (
    "bash",
    "-c",
    f'for EACH in "${{!{BARE}@}}"; do export "${{EACH#{BARE}}}=${{!EACH}}"; done; exec "$@"',
    "bash",
)
"""Sets a command's variables only for that command: no argument shows a value, and none of them
changes the script's own variables."""


MISSING = 'die 78 "there is no image ${IMAGE}; get it with bin/pull-images.sh"'
IMAGE_FILE = Bash(f"[[ -e ${{IMAGE}} ]] || {MISSING}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A container to start; `own_program` runs the image's program, `gpus` is the GPUs' vendor.

    `variables` are the names of its variables, without any prefix; `unpacked` says that it must
    outlive the mount of its image, `binds` that binds follow. `size` is its share of the job, as
    options of srun; without a share it overlaps the job's other steps, and needs `cpus`.
    """

    own_program: bool = False
    unpacked: bool = False
    gpus: str = ""
    binds: bool = True
    variables: tuple[str, ...] = ()
    size: tuple[tuple[str, object], ...] = ()
    cpus: int = 1


def in_shell(*first: str, ignores_usr1: bool = False) -> tuple[str, ...]:
    """Words before a program in a container: a shell does `first`, and becomes the program.

    One that `ignores_usr1` is left alone by what Slurm sends to every step of a fleet's job.
    """
    lines = ("trap '' USR1",) if ignores_usr1 else ()
    return ("sh", "-c", "; ".join((*lines, *first, 'exec "$@"')), "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class PidFile:
    """How the process of a program in a container gets into a file, as a number of the node's.

    There is no PID namespace.
    """

    options: tuple[Word, ...] = ()  # of the runtime, before the image
    words: tuple[str, ...] = ()  # between the image and the program
    bind: Text | None = None  # HOST:CONTAINER, where the container writes the file itself
    must_exist: Text | None = None  # the file, where it must be there to be bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime(ABC):
    """`program` is what profiles call it, and `prefix` what carries a variable into a container.

    `has` and `pull` are the library's files that define `has` IMAGE and `pull` SOURCE IMAGE.
    `detached` says that the program in a container is no child of the job's script: its process is
    noted in a file, and the listener is to be that one or below it. `in_steps` says that each
    container is a step of Slurm's. `obeyed` are the submitter's variables that the runtime would
    obey. `check_image` is the bash that ends the job where the image is missing,
    `check_binds` where BINDS cannot be made. `proof` says in words by what a listener is known to
    be the job's.
    """

    program: str
    prefix: str
    proof: str
    pull: str
    has: str = "image-file"
    detached: bool = False
    in_steps: bool = False
    obeyed: tuple[NamesWith, ...] = ()
    check_image: tuple[Bash, ...] = (IMAGE_FILE,)
    check_binds: tuple[Bash, ...] = ()

    @abstractmethod
    def image(self, name: str, directory: RuntimePath) -> Image:
        """The local image that pulling `name`, with its tag or digest, results in."""

    @abstractmethod
    def words(self, start: Start) -> tuple[Word, ...]:
        """The command line up to the binds, or to the image where there are none."""

    def values(self, start: Start) -> Mapping[str, Value]:
        """The values that `words` refer to."""
        del start
        return {}

    def pid_file(self, file: Text, *, ignores_usr1: bool = False) -> PidFile:
        """How the process of a program gets into `file`; `ignores_usr1` is as in `in_shell`."""
        del file, ignores_usr1
        return PidFile()

    @abstractmethod
    def binds(self, pairs: tuple[Text, ...]) -> tuple[Word, ...]:
        """The words that bind HOST:CONTAINER or HOST:CONTAINER:ro each, up to the image."""

    def environment(self, *, gpus: bool) -> Mapping[str, str]:
        """The variables that a container needs."""
        del gpus
        return {}

    def image_problem(self, image: Image) -> str:
        """The reason why it cannot run an image; "" if it can."""
        del image
        return ""

    def entry_problem(self, entry: Entry, offer: Offer) -> str:
        """The reason why it cannot run an entry; "" if it can."""
        del entry, offer
        return ""
