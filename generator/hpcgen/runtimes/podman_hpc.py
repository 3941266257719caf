"""podman-hpc, NERSC's wrapper of Podman: a container is a child of its monitor, which detaches."""

from __future__ import annotations

from hpcgen.model.entry import Image
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.runtimes import image_name
from hpcgen.runtimes.runtime import BARE, ENTER, MISSING, PidFile, Runtime, Start, in_shell
from hpcgen.text.values import Bash, NamesWith, Text, Word

_ISOLATION = (
    *("--rm", "--read-only", "--pull", "never", "--workdir", "/"),
    *("--network", "host", "--pid", "host", "--shm-size", "0", "--userns", "keep-id"),
    *("--http-proxy=false", "--no-healthcheck", "--log-driver", "none"),
)
"""Behind the `--`, before which the wrapper looks for its own options, even among a program's.

The root file system is the image's, and read-only. What an image says of its health would need a
systemd of the user's, and a log of Podman's own would be a second one. In a PID namespace the
program would be its first process, which no TERM ends unless it expects one.
"""


class PodmanHpc(Runtime):
    """Images have names in its storage, which `podman-hpc pull` shares with every node."""

    def image(self, name: str, directory: RuntimePath) -> Image:
        """The image's full name: Podman searches no registry that a name does not contain."""
        del directory
        registry = image_name.registry(name)[0]
        path = (
            name
            if registry
            else f"docker.io/{name}"
            if "/" in name
            else f"docker.io/library/{name}"
        )
        return Image(RuntimePath(path), path)

    def words(self, start: Start) -> tuple[Word, ...]:
        """The image's own program or another, and GPUs."""
        enter = ENTER if start.variables else ()
        gpus = ("--gpu",) if start.gpus else ()
        program = () if start.own_program else ("--entrypoint", "")
        names = (word for name in start.variables for word in ("--env", name))
        return (*enter, "podman-hpc", "run", *gpus, "--", *_ISOLATION, *program, *names)

    def binds(self, pairs: tuple[Text, ...]) -> tuple[Word, ...]:
        """An option for each."""
        return tuple(word for pair in pairs for word in ("--volume", pair))

    def pid_file(self, file: Text, *, ignores_usr1: bool = False) -> PidFile:
        """Podman writes it; its monitor, which starts the program, passes no ignored signal on."""
        words = in_shell(ignores_usr1=True) if ignores_usr1 else ()
        return PidFile(options=("--pidfile", file), words=words)

    def image_problem(self, image: Image) -> str:
        """podman-hpc cannot run images that are files."""
        is_file = image.source is None
        return "its image is a file, and podman-hpc runs images of a registry" if is_file else ""


PODMAN_HPC = PodmanHpc(
    program="podman-hpc",
    prefix=BARE,
    proof="the process that Podman has noted listens, or one below it",
    pull="pull-podman-hpc",
    has="image-podman-hpc",
    detached=True,
    obeyed=(NamesWith(BARE),),
    check_image=(
        Bash('[[ $(podman-hpc images --quiet "${IMAGE}") ]] ||'),
        Bash(f"  {MISSING}"),
    ),
)
