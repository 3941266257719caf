"""How a program is contained: the runtime's options, its binds, and what they need beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hpcgen.kinds.arguments import DIRECTORIES, argument_word, is_late
from hpcgen.kinds.offer import Secret, ServiceOffer
from hpcgen.model.entry import Bind, Entry, Image, Service
from hpcgen.model.profile import Profile
from hpcgen.plan.parts import environment
from hpcgen.plan.parts.program import Program
from hpcgen.plan.sizes.step import share_of
from hpcgen.runtimes.runtime import ENTER, PidFile, Runtime, Start
from hpcgen.text.values import Text, Value, Variable, Word, joined

_CONFIG = "/run/hpcgen"
EXPORTER = "/run/exporter"
"""Where the container of an exporter sees what it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What stands around a program: a container, or on the node itself its environment."""

    runtime: Runtime | None  # what runs it; None on the node itself
    values: Mapping[str, Value]  # what the runtime's words refer to
    pid_file: PidFile  # how its process gets into a file
    options: tuple[Word, ...]  # the runtime's, up to the image; on the node what stands for it
    probe_options: tuple[Word, ...]  # those for a command beside the program: never unpacked
    binds: tuple[Word, ...]
    exports: Mapping[str, Word]  # set the program's environment
    late_exports: Mapping[str, Word]  # do too, once the port or another service is known
    secret_exports: Mapping[str, Variable]
    secrets: tuple[Secret, ...]
    directories: frozenset[str]  # those of {dir: ...} that it uses
    keeps_data: bool  # its data outlives the job
    scratch: bool  # it has a directory on its node
    unpacks: str  # the runtime's prefix, as in APPTAINER_TMPDIR, where its image runs unpacked
    devices: str  # Slurm's variable that says which GPUs are the job's
    gpus: str  # the container's variable for them, where it has any
    made: tuple[Text, ...]  # directories that must be there for the container to see

    @property
    def makes_secrets(self) -> bool:
        """Whether a secret is made where none was given."""
        return any(secret.is_generated for secret in self.secrets)

    @property
    def has_secret_files(self) -> bool:
        """Whether copies of secrets lie in the job's directory."""
        return any(secret.file for secret in self.secrets)

    @property
    def leaves_files(self) -> bool:
        """Whether the job has something to remove before it says how it has ended."""
        return self.keeps_data or self.has_secret_files


def contain(program: Program, passed: tuple[str, ...] = ()) -> Container:
    """The container of a program, as its kind offers it and its recipe adds to it.

    `passed` are variables of its target's connection.
    """
    entry, offer, runtime = program.entry, program.offer, program.runtime
    secrets = (*offer.secrets, *_recipes_secrets(entry))
    directories = (ref.name for ref in entry.references() if ref.what == "dir")
    used = offer.directories.union(directories)
    keeps_data = "data" in used and offer.keeps_data
    unpacked = keeps_data and _is_fuse_mounted(entry.image, program.profile)
    exports = environment.exports(program)
    secret_exports = environment.secret_exports(program, secrets)
    pid_file = _pid_file(program)
    pairs = (*_pairs(program, used, secrets), *((pid_file.bind,) if pid_file.bind else ()))
    names = environment.variable_names(program, (*exports, *secret_exports))
    start = replace(
        _start(program), unpacked=unpacked, binds=bool(pairs), variables=(*names, *passed)
    )
    probe = replace(start, own_program=False, unpacked=False, size=())
    words = {name: argument_word(entry, argument) for name, argument in exports.items()}
    late = {name for name, argument in exports.items() if is_late(argument)}
    return Container(
        runtime=runtime,
        values={
            **(runtime.values(start) if runtime else {}),
            **({"NOTING": pid_file.words} if pid_file.words else {}),
        },
        pid_file=pid_file,
        options=_options(runtime, start),
        probe_options=_options(runtime, probe),
        binds=runtime.binds(pairs) if runtime and pairs else (),
        exports={name: word for name, word in words.items() if name not in late},
        late_exports={name: word for name, word in words.items() if name in late},
        secret_exports=secret_exports,
        secrets=secrets,
        directories=used,
        keeps_data=keeps_data,
        scratch=unpacked or "scratch" in used or (offer.writes_tmp and entry.image is not None),
        unpacks=program.profile.program.upper() if unpacked else "",
        devices=program.devices,
        gpus=program.gpu_variable,
        made=tuple(bind.source.word for bind in offer.binds if _is_made(bind)),
    )


def _pid_file(program: Program) -> PidFile:
    entry, offer = program.entry, program.offer
    if program.runtime is None or not isinstance(offer, ServiceOffer):
        return PidFile()
    fleet = entry.fleet if isinstance(entry, Service) else None
    ignores_usr1 = fleet is not None and not offer.runs_image
    return program.runtime.pid_file(joined(Variable("HERE"), "/pid"), ignores_usr1=ignores_usr1)


def _start(program: Program) -> Start:
    entry = program.entry
    return Start(
        own_program=program.offer.runs_image,
        gpus=program.profile.gpu_vendor if program.has_gpus else "",
        size=share_of(entry, program.profile) if entry.size else (),
        cpus=entry.resources.get("cpus_per_task", 1),
    )


def _options(runtime: Runtime | None, start: Start) -> tuple[Word, ...]:
    return runtime.words(start) if runtime else ENTER if start.variables else ()


def _is_made(bind: Bind) -> bool:
    """Whether it is hpcgen's to make: what is written, or lies in the run directory."""
    return not bind.target.endswith(":ro") or bind.source.text.startswith("$RUN/")


def _is_fuse_mounted(image: Image | None, profile: Profile) -> bool:
    """Where a SIF is mounted by FUSE, a cancelled job's mount dies before its data is saved."""
    mounted = image is not None and image.path.text.endswith(".sif")
    return mounted and profile.sif_mount == "fuse"


def _pairs(program: Program, used: frozenset[str], secrets: tuple[Secret, ...]) -> Iterator[Text]:
    """Configuration, the bundle's files, /tmp, directories, the kind's own binds, the recipe's."""
    entry, offer = program.entry, program.offer
    config = offer.config or (_CONFIG if any(secret.file for secret in secrets) else None)
    if config:
        yield joined(Variable("HERE"), f"/etc:{config}:ro")
    if offer.files:
        yield joined(Variable("HERE"), "/bundle:/bundle:ro")
    if offer.writes_tmp:
        yield joined(Variable("NODE_DIR"), ":/tmp")
    yield from (joined(Variable(DIRECTORIES[name]), f":/{name}") for name in sorted(used))
    yield from (bind.source.word + f":{bind.target}" for bind in (*offer.binds, *entry.binds))


def _recipes_secrets(entry: Entry) -> Iterator[Secret]:
    """Files where a reference asks for that, else variables."""
    files = {reference.name for reference in entry.references() if reference.what == "secret"}
    for name, reference in entry.secrets.items():
        yield Secret(
            name=name,
            variable=f"SECRET_{name}",
            reference=reference,
            environment=None if name in files else name,
            file=name in files,
        )
