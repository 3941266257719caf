"""How a container is run: the runtime's options, its binds, and what they need beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hpcgen.offer import Secret
from hpcgen.profile import Profile
from hpcgen.recipe import Bind, Entry, Image
from hpcgen.references import Argument
from hpcgen.shell import Bash
from hpcgen.words import DIRECTORIES, bash_word, is_late

_ISOLATION = ("--containall", "--no-home", "--no-eval", "--no-mount", "hostfs", "--pwd", "/")
"""--containall also cleans the environment; --no-eval keeps values from being read as bash."""

_UNPACK = {"apptainer": "--unsquash", "singularity": "--tmp-sandbox"}
_ON_HOST = {"data": "DATA", "scratch": "SCRATCH", "results": "RESULTS", "logs": "HERE"}


def container(
    entry: Entry, profile: Profile, *, runs_image: bool, unpacked: bool
) -> tuple[str, ...]:
    """The runtime and its options, up to the image; `runs_image`: the image says what runs."""
    unpack = (_UNPACK[profile.program],) if unpacked else ()
    gpu = ("--nv",) if entry.resources.get("gpus_per_node") or _gpu_gres(entry) else ()
    verb = "run" if runs_image else "exec"
    return (profile.program, "-q", verb, *_ISOLATION, *gpu, *unpack)


def runs_unpacked(image: Image | None, profile: Profile, keeps_data: bool) -> bool:
    """Whether the image is unpacked first, because data is to be saved at the end.

    Where a SIF is mounted by FUSE, the mount of a cancelled job dies before that.
    """
    mounted = image is not None and image.path.text.endswith(".sif")
    return keeps_data and mounted and profile.sif_mount == "fuse"


def binds(
    entry: Entry, directories: Iterable[str], own: Iterable[Bind], config: str | None, tmp: bool
) -> tuple[Bash, ...]:
    """The bind options: configuration, /tmp, those of {dir: ...}, the kind's, the recipe's."""
    pairs = [f'"${{HERE}}/etc:{config}:ro"'] if config else []
    pairs += ['"${SCRATCH}:/tmp"'] if tmp else []
    pairs += [f'"${{{_ON_HOST[name]}}}:{DIRECTORIES[name]}"' for name in sorted(directories)]
    pairs += [f'{bind.source.bash[:-1]}:{bind.target}"' for bind in (*own, *entry.binds)]
    return tuple(word for pair in pairs for word in (Bash("--bind"), Bash(pair)))


def directories(entry: Entry) -> frozenset[str]:
    """The directories that the entry's own references name."""
    return frozenset(each.name for each in entry.references() if each.what == "dir")


def exports(
    entry: Entry, profile: Profile, env: Mapping[str, Argument], late: bool
) -> dict[str, Bash]:
    """The runtime's variables that set the container's: those that are late, or the others."""
    prefix = profile.program.upper()
    return {
        f"{prefix}ENV_{name}": bash_word(entry, argument)
        for name, argument in {**env, **entry.env}.items()
        if is_late(argument) == late
    }


def secret_exports(profile: Profile, secrets: Iterable[Secret]) -> dict[str, Bash]:
    """The same for secrets, from the bash variables that they are read into."""
    return {
        f"{profile.program.upper()}ENV_{secret.environment}": Bash(f'"${{{secret.variable}}}"')
        for secret in secrets
        if secret.environment
    }


def entry_secrets(entry: Entry) -> Iterator[Secret]:
    """The entry's own secrets: files where a reference asks for that, else variables."""
    files = {each.name for each in entry.references() if each.what == "secret"}
    for name, reference in entry.secrets.items():
        file = name in files
        variable = None if file else name
        yield Secret(
            name=name,
            variable=f"SECRET_{name}",
            reference=reference,
            environment=variable,
            file=file,
        )


def _gpu_gres(entry: Entry) -> bool:
    return str(entry.resources.get("gres", "")).startswith("gpu")
