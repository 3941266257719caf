"""How a program is contained: the runtime's options, its binds, and what they need beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen.offer import Offer, Secret
from hpcgen.profile import Profile
from hpcgen.recipe import Bind, Entry, Image
from hpcgen.references import Argument
from hpcgen.shell import Bash
from hpcgen.words import DIRECTORIES, bash_word, is_late

_ISOLATION = ("--containall", "--no-home", "--no-eval", "--no-mount", "hostfs", "--pwd", "/")
"""--containall also cleans the environment; --no-eval keeps values from being read as bash."""

_UNPACK = {"apptainer": "--unsquash", "singularity": "--tmp-sandbox"}
_GPUS = {"nvidia": "--nv", "amd": "--rocm"}
DEVICES = {"nvidia": "CUDA_VISIBLE_DEVICES", "amd": "ROCR_VISIBLE_DEVICES"}
"""Slurm's variable of a job's GPUs. It sets CUDA_VISIBLE_DEVICES for AMD's too, and its numbers are
wrong once ROCR_VISIBLE_DEVICES has hidden the others, so only one of the two is passed on."""

_CONFIG = "/run/hpcgen"
EXPORTER = "/run/exporter"
"""Where the container of an exporter sees what it reads."""

_BARE = "BARE_"
_ENTER = (
    "bash",
    "-c",
    f'for EACH in "${{!{_BARE}@}}"; do export "${{EACH#{_BARE}}}=${{!EACH}}"; done; exec "$@"',
    "bash",
)
"""What the runtime does for a container: variables reach the program, and not the job around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Containment:
    """`options` are the runtime's, up to the image; on the node itself, what stands in for it.

    `probe_options` are those for a command beside the program: never the image's own, nor unpacked.
    `exports` and `secret_exports` set the program's environment; `late_exports` do too, once the
    port or another service is known. `directories` are those of {dir: ...} that it uses, `scratch`
    says that it has one on its node, and `unpacks` is the runtime's prefix, as in
    APPTAINER_TMPDIR, where its image runs unpacked. `devices` is Slurm's variable that says which
    GPUs are the job's, and `gpus` the container's, where it has any. `made` are directories that
    must be there for the container to see; `leftovers` are removed at the end.
    """

    options: tuple[str, ...]
    probe_options: tuple[str, ...]
    binds: tuple[Bash, ...]
    exports: Mapping[str, str]
    late_exports: Mapping[str, str]
    secret_exports: Mapping[str, Bash]
    secrets: tuple[Secret, ...]
    directories: frozenset[str]
    keeps_data: bool
    scratch: bool
    unpacks: str
    devices: str
    gpus: str
    made: tuple[Bash, ...]
    leftovers: tuple[Bash, ...]

    @property
    def makes_secrets(self) -> bool:
        """Whether a secret is made where none was given."""
        return any(secret.is_generated for secret in self.secrets)


def contain(entry: Entry, offer: Offer, profile: Profile) -> Containment:
    """The containment of an entry's program, as its kind offers it and its recipe adds to it."""
    secrets = (*offer.secrets, *_own_secrets(entry))
    used = offer.directories | {each.name for each in entry.references() if each.what == "dir"}
    keeps_data = "data" in used and offer.keeps_data
    unpacked = keeps_data and _is_fuse_mounted(entry.image, profile)
    scratch = unpacked or "scratch" in used or (offer.writes_tmp and entry.image is not None)
    exports = _exports(entry, offer, profile)
    verb = "run" if offer.runs_image else "exec"
    return Containment(
        options=_options(entry, verb, profile, unpacked)
        if entry.image
        else _entered(entry, offer, secrets),
        probe_options=_options(entry, "exec", profile, False)
        if entry.image
        else _entered(entry, offer, secrets),
        binds=tuple(_binds(entry, offer, used, secrets)) if entry.image else (),
        exports={
            name: bash_word(entry, each) for name, each in exports.items() if not is_late(each)
        },
        late_exports={
            name: bash_word(entry, each) for name, each in exports.items() if is_late(each)
        },
        secret_exports=_secret_exports(entry, profile, secrets),
        secrets=secrets,
        directories=used,
        keeps_data=keeps_data,
        scratch=scratch,
        unpacks=profile.program.upper() if unpacked else "",
        devices=DEVICES[profile.gpu_vendor],
        gpus=gpu_variable(entry, profile),
        made=tuple(each.source.bash for each in offer.binds if _is_made(each)),
        leftovers=tuple(_leftovers(keeps_data, scratch, secrets)),
    )


def environment_prefix(entry: Entry, profile: Profile) -> str:
    """What a variable's name begins with to reach the program, as in APPTAINERENV_."""
    return f"{profile.program.upper()}ENV_" if entry.image else _BARE


def prefix_of(profile: Profile) -> str:
    """The same for a program of hpcgen's own; "" on the node itself, where it needs none."""
    return "" if profile.program == "none" else f"{profile.program.upper()}ENV_"


def isolated(profile: Profile, verb: str = "exec") -> tuple[str, ...]:
    """The runtime, up to the options of one program."""
    return (profile.program, "-q", verb, *_ISOLATION)


def gpu_options(profile: Profile) -> tuple[str, ...]:
    """What lets a container see the GPUs."""
    return (_GPUS[profile.gpu_vendor],)


def gpu_variable(entry: Entry, profile: Profile) -> str:
    """What the container sees of DEVICES, which its clean environment hides; "" without GPUs.

    Where a site lets every job see every GPU, that variable alone says which are the job's.
    """
    prefix = environment_prefix(entry, profile)
    return f"{prefix}{DEVICES[profile.gpu_vendor]}" if entry.image and _asks_gpus(entry) else ""


def _is_made(bind: Bind) -> bool:
    """Whether it is hpcgen's to make: what is written, or lies in the run directory."""
    return not bind.target.endswith(":ro") or bind.source.text.startswith("$RUN/")


def _asks_gpus(entry: Entry) -> bool:
    resources = entry.resources
    return bool(resources.get("gpus_per_node") or "gpu" in str(resources.get("gres", "")))


def _options(entry: Entry, verb: str, profile: Profile, unpacked: bool) -> tuple[str, ...]:
    more = (
        *(gpu_options(profile) if _asks_gpus(entry) else ()),
        *((_UNPACK[profile.program],) if unpacked else ()),
    )
    return (*isolated(profile, verb), *more)


def _entered(entry: Entry, offer: Offer, secrets: tuple[Secret, ...]) -> tuple[str, ...]:
    has_own = offer.env or entry.env or any(secret.environment for secret in secrets)
    return _ENTER if has_own else ()


def _is_fuse_mounted(image: Image | None, profile: Profile) -> bool:
    """Where a SIF is mounted by FUSE, a cancelled job's mount dies before its data is saved."""
    mounted = image is not None and image.path.text.endswith(".sif")
    return mounted and profile.sif_mount == "fuse"


def _binds(
    entry: Entry, offer: Offer, used: frozenset[str], secrets: tuple[Secret, ...]
) -> Iterator[Bash]:
    """Configuration, the bundle's files, /tmp, directories, the kind's own binds, the recipe's."""
    config = offer.config or (_CONFIG if any(secret.file for secret in secrets) else None)
    pairs = [f'"${{HERE}}/etc:{config}:ro"'] if config else []
    pairs += ['"${HERE}/bundle:/bundle:ro"'] if offer.files else []
    pairs += ['"${NODE_DIR}:/tmp"'] if offer.writes_tmp else []
    pairs += [f'"${{{DIRECTORIES[name]}}}:/{name}"' for name in sorted(used)]
    pairs += [f'{bind.source.bash[:-1]}:{bind.target}"' for bind in (*offer.binds, *entry.binds)]
    for pair in pairs:
        yield from (Bash("--bind"), Bash(pair))


def _exports(entry: Entry, offer: Offer, profile: Profile) -> dict[str, Argument]:
    prefix = environment_prefix(entry, profile)
    site = profile.gpu_environment if entry.image and _asks_gpus(entry) else {}
    return {f"{prefix}{name}": each for name, each in {**site, **offer.env, **entry.env}.items()}


def _secret_exports(entry: Entry, profile: Profile, secrets: tuple[Secret, ...]) -> dict[str, Bash]:
    prefix = environment_prefix(entry, profile)
    named = (secret for secret in secrets if secret.environment)
    return {f"{prefix}{secret.environment}": secret.value for secret in named}


def _own_secrets(entry: Entry) -> Iterator[Secret]:
    """Files where a reference asks for that, else variables."""
    files = {each.name for each in entry.references() if each.what == "secret"}
    for name, reference in entry.secrets.items():
        environment = None if name in files else name
        yield Secret(
            name=name,
            variable=f"SECRET_{name}",
            reference=reference,
            environment=environment,
            file=name in files,
        )


def _leftovers(keeps_data: bool, scratch: bool, secrets: tuple[Secret, ...]) -> Iterator[Bash]:
    """The hold on the data, the directory on the node, copies of secrets."""
    if keeps_data:
        yield Bash('"${DATA}/.owner/${SLURM_JOB_ID}".* "${DATA}/.new-${NONCE}"')
    if scratch:
        yield Bash('"${NODE_DIR:-}"')
    if any(secret.file for secret in secrets):
        yield Bash('"${HERE}/etc/secrets"')
