"""Pyxis, a plugin of Slurm's: a container is a step, whose task is a child of Slurm's daemon."""

from __future__ import annotations

from collections.abc import Mapping

from hpcgen.kinds.offer import Offer, ServiceOffer
from hpcgen.model.entry import Entry, Image, Service
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.runtimes import image_name
from hpcgen.runtimes.runtime import BARE, ENTER, PidFile, Runtime, Start, in_shell
from hpcgen.text.values import Bash, NamesWith, Text, Value, Variable, Word, joined

_STEP = (
    *("srun", "--nodes", "1", "--ntasks", "1", "--nodelist", Variable("SLURMD_NODENAME")),
    *("--mpi", "none"),
)
_ISOLATION = (
    *("--no-container-mount-home", "--no-container-remap-root", "--no-container-entrypoint"),
    *("--container-readonly", "--container-workdir", "/"),
)
_GPUS = "NVIDIA_VISIBLE_DEVICES"
"""What Enroot's own hook reads. An image that asks for GPUs fails where there are none, unless it
says void."""

_WIDTH = 60
_PID_FILE = "/run/noted"
_CHECK = (
    Bash(r"[[ ${RUN} == *[,:]* || ${BINDS[1]} == *[[:space:]\"\`\$\\]* ]] &&"),
    Bash('  die 78 "Enroot mounts no path with space, comma, colon, quote, dollar: ${BINDS[1]}"'),
)


class Pyxis(Runtime):
    """Options of srun, --container-env among them, and images that Enroot has made."""

    def image(self, name: str, directory: RuntimePath) -> Image:
        """A squashfs file. Enroot wants `#` behind a registry."""
        host, rest = image_name.registry(name)
        source = f"docker://{host}#{rest}" if host else f"docker://{name}"
        return Image(image_name.file(name, directory, ".sqsh"), source)

    def words(self, start: Start) -> tuple[Word, ...]:
        """A step that shares all of its job's, or has a share of its own."""
        size = start.size or (("cpus-per-task", start.cpus),)
        options = (word for name, value in size for word in (f"--{name}", str(value)))
        return (
            *(ENTER if start.variables else ()),
            *(*_STEP, "--exact" if start.size else "--overlap", *options, *_ISOLATION),
            *_variables(start),
            *(() if start.binds else ("--container-image",)),
        )

    def values(self, start: Start) -> Mapping[str, Value]:
        """The names of the container's variables, if they are too many for the command line."""
        return {"NAMES": start.variables} if _are_many(start.variables) else {}

    def pid_file(self, file: Text, *, ignores_usr1: bool = False) -> PidFile:
        """The container's shell writes it, to a file that is mounted; Slurm signals the step."""
        words = in_shell(f"echo $$ >{_PID_FILE}", ignores_usr1=ignores_usr1)
        return PidFile(words=words, bind=file + f":{_PID_FILE}", must_exist=file)

    def binds(self, pairs: tuple[Text, ...]) -> tuple[Word, ...]:
        """One option for all, and the one for the image."""
        first, *others = pairs
        every = joined(first, *(part for pair in others for part in (",", pair)))
        return ("--container-mounts", every, "--container-image")

    def environment(self, *, gpus: bool) -> Mapping[str, str]:
        """All GPUs: the step's CUDA_VISIBLE_DEVICES says which of them are the job's."""
        return {_GPUS: "all", "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"} if gpus else {}

    def image_problem(self, image: Image) -> str:
        """Enroot runs no SIF, which is recognised by its suffix."""
        is_sif = image.path.text.endswith(".sif")
        return "its image is a SIF, and Enroot runs squashfs files" if is_sif else ""

    def entry_problem(self, entry: Entry, offer: Offer) -> str:
        """Pyxis unpacks a container for one command, on the first node."""
        if offer.runs_image:
            return "it has no `command` but its image's own, and srun wants one"
        if offer.on_each_node or (isinstance(offer, ServiceOffer) and offer.members):
            return "it runs on several nodes by a step of its own, and a container is a step too"
        if (
            isinstance(entry, Service)
            and isinstance(offer, ServiceOffer)
            and offer.probes_beside(entry)
        ):
            return "its readiness is asked in a second container, to be unpacked each time"
        return ""


def _are_many(variables: tuple[str, ...]) -> bool:
    """Whether the variables' names would make a line too long; srun takes them as one word."""
    return len(",".join(variables)) > _WIDTH


def _variables(start: Start) -> tuple[Word, ...]:
    """What srun takes along of its own environment, and Pyxis into the container."""
    all_names = '$(IFS=,; echo "${NAMES[*]}")'
    exported = (all_names,) if _are_many(start.variables) else start.variables
    void = () if start.gpus else (f"{_GPUS}=void",)
    names = () if start.gpus else (_GPUS,)
    return (
        *("--export", Bash(f'"{",".join((*exported, *void))}"')),
        *("--container-env", Bash(f'"{",".join((*exported, *names))}"')),
    )


PYXIS = Pyxis(
    program="pyxis",
    prefix=BARE,
    proof="the process that its step has noted listens, or one below it",
    pull="pull-pyxis",
    detached=True,
    in_steps=True,
    obeyed=(NamesWith(BARE), NamesWith("PYXIS"), NamesWith("ENROOT")),
    check_binds=_CHECK,
)
