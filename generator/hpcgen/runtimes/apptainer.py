"""Apptainer, and its predecessor Singularity: a container is a child of the process starting it."""

from __future__ import annotations

from hpcgen.model.entry import Image
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.runtimes import image_name
from hpcgen.runtimes.runtime import Runtime, Start
from hpcgen.text.values import Text, Word

_ISOLATION = ("--containall", "--no-home", "--no-eval", "--no-mount", "hostfs", "--pwd", "/")
"""--containall also cleans the environment; --no-eval keeps values from being read as bash."""

_UNPACK = {"apptainer": "--unsquash", "singularity": "--tmp-sandbox"}
_GPUS = {"nvidia": "--nv", "amd": "--rocm"}


class Apptainer(Runtime):
    """The one of the two that is called `program`."""

    def image(self, name: str, directory: RuntimePath) -> Image:
        """A SIF."""
        return Image(image_name.file(name, directory, ".sif"), f"docker://{name}")

    def words(self, start: Start) -> tuple[Word, ...]:
        """Its own options; what runs beside the program is never unpacked."""
        verb = "run" if start.own_program else "exec"
        gpus = (_GPUS[start.gpus],) if start.gpus else ()
        unpack = (_UNPACK[self.program],) if start.unpacked else ()
        return (self.program, "-q", verb, *_ISOLATION, *gpus, *unpack)

    def binds(self, pairs: tuple[Text, ...]) -> tuple[Word, ...]:
        """An option for each."""
        return tuple(word for pair in pairs for word in ("--bind", pair))


APPTAINER, SINGULARITY = (
    Apptainer(
        program=program,
        prefix=f"{program.upper()}ENV_",
        proof="a process of its job listens",
        pull="pull-apptainer",
    )
    for program in ("apptainer", "singularity")
)
