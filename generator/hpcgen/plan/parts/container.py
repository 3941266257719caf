"""How a program is contained: the runtime's options, its binds, and what they need beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hpcgen.kinds.bash_arguments import DIRECTORIES, bash_word, is_late
from hpcgen.kinds.offer import Offer, Secret, ServiceOffer
from hpcgen.model.entry import Bind, Entry, Image, Service
from hpcgen.model.profile import Profile
from hpcgen.plan.parts import environment
from hpcgen.plan.sizes.gpus import DEVICES, asks_gpus, gpu_variable
from hpcgen.plan.sizes.step import share_of
from hpcgen.runtimes import runs
from hpcgen.runtimes.runtime import ENTER, Noting, Runtime, Start
from hpcgen.text.shell import Bash, Value, words

_CONFIG = "/run/hpcgen"
EXPORTER = "/run/exporter"
"""Where the container of an exporter sees what it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Containment:
    """`options` are the runtime's, up to the image; on the node itself, what stands in for it.

    `probe_options` are those for a command beside the program: never the image's own, nor unpacked.
    `exports` and `secret_exports` set the program's environment; `late_exports` do too, once the
    port or another service is known. `directories` are those of {dir: ...} that it uses, `scratch`
    says that it has one on its node, and `unpacks` is the runtime's prefix, as in
    APPTAINER_TMPDIR, where its image runs unpacked. `devices` is Slurm's variable that says which
    GPUs are the job's, and `gpus` the container's, where it has any. `made` are directories that
    must be there for the container to see; `leftovers` are removed before the job says how it
    has ended, and the directory on its node after that. `runtime` is None
    on the node itself; `values` are what its words refer to, and `image` is what stands for the
    image where a service is started.
    """

    runtime: Runtime | None
    values: Mapping[str, Value]
    image: Bash

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


def contain(
    entry: Entry, offer: Offer, profile: Profile, passed: tuple[str, ...] = ()
) -> Containment:
    """The containment of an entry's program, as its kind offers it and its recipe adds to it.

    `passed` are variables of its target's connection.
    """
    secrets = (*offer.secrets, *_own_secrets(entry))
    used = offer.directories | {each.name for each in entry.references() if each.what == "dir"}
    keeps_data = "data" in used and offer.keeps_data
    unpacked = keeps_data and _is_fuse_mounted(entry.image, profile)
    scratch = unpacked or "scratch" in used or (offer.writes_tmp and entry.image is not None)
    exports = environment.exports(entry, offer, profile)
    secret_exports = environment.secret_exports(entry, profile, secrets)
    runs_it = runs(entry, profile)
    noted = runs_it and isinstance(offer, ServiceOffer)
    deaf = isinstance(entry, Service) and entry.fleet is not None and not offer.runs_image
    noting = runs_it.noting("${HERE}/pid", deaf=deaf) if runs_it and noted else Noting()
    pairs = (*_pairs(entry, offer, used, secrets), *noting.binds)
    names = environment.variables(entry, offer, profile, (*exports, *secret_exports))
    start = replace(
        _start(entry, offer, profile),
        unpacked=unpacked,
        binds=bool(pairs),
        variables=(*names, *passed),
    )
    beside = replace(start, own_program=False, unpacked=False, size=())
    return Containment(
        runtime=runs_it,
        values={
            **(runs_it.values(start) if runs_it else {}),
            **({"NOTING": noting.words} if noting.words else {}),
        },
        options=_options(runs_it, start),
        probe_options=_options(runs_it, beside),
        image=_image(noting),
        binds=runs_it.binds(pairs) if runs_it and pairs else (),
        exports={
            name: bash_word(entry, each) for name, each in exports.items() if not is_late(each)
        },
        late_exports={
            name: bash_word(entry, each) for name, each in exports.items() if is_late(each)
        },
        secret_exports=secret_exports,
        secrets=secrets,
        directories=used,
        keeps_data=keeps_data,
        scratch=scratch,
        unpacks=profile.program.upper() if unpacked else "",
        devices=DEVICES[profile.gpu_vendor],
        gpus=gpu_variable(entry, profile),
        made=tuple(each.source.bash for each in offer.binds if _is_made(each)),
        leftovers=tuple(_leftovers(keeps_data, secrets)),
    )


def _start(entry: Entry, offer: Offer, profile: Profile) -> Start:
    return Start(
        own_program=offer.runs_image,
        gpus=profile.gpu_vendor if asks_gpus(entry) else "",
        size=share_of(entry, profile) if entry.size else (),
        cpus=entry.resources.get("cpus_per_task", 1),
    )


def _options(runs_it: Runtime | None, start: Start) -> tuple[str, ...]:
    return runs_it.words(start) if runs_it else ENTER if start.variables else ()


def _is_made(bind: Bind) -> bool:
    """Whether it is hpcgen's to make: what is written, or lies in the run directory."""
    return not bind.target.endswith(":ro") or bind.source.text.startswith("$RUN/")


def _is_fuse_mounted(image: Image | None, profile: Profile) -> bool:
    """Where a SIF is mounted by FUSE, a cancelled job's mount dies before its data is saved."""
    mounted = image is not None and image.path.text.endswith(".sif")
    return mounted and profile.sif_mount == "fuse"


def _image(noting: Noting) -> Bash:
    options = words((*noting.options, Bash('"${IMAGE}"')))
    return Bash(f'{options} "${{NOTING[@]}}"') if noting.words else options


def _pairs(
    entry: Entry, offer: Offer, used: frozenset[str], secrets: tuple[Secret, ...]
) -> Iterator[Bash]:
    """Configuration, the bundle's files, /tmp, directories, the kind's own binds, the recipe's."""
    config = offer.config or (_CONFIG if any(secret.file for secret in secrets) else None)
    pairs = [f'"${{HERE}}/etc:{config}:ro"'] if config else []
    pairs += ['"${HERE}/bundle:/bundle:ro"'] if offer.files else []
    pairs += ['"${NODE_DIR}:/tmp"'] if offer.writes_tmp else []
    pairs += [f'"${{{DIRECTORIES[name]}}}:/{name}"' for name in sorted(used)]
    pairs += [f'{bind.source.bash[:-1]}:{bind.target}"' for bind in (*offer.binds, *entry.binds)]
    yield from (Bash(pair) for pair in pairs)


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


def _leftovers(keeps_data: bool, secrets: tuple[Secret, ...]) -> Iterator[Bash]:
    """The hold on the data, and copies of secrets."""
    if keeps_data:
        yield Bash('"${DATA}/.owner/${OWNER}" "${DATA}/.new-${NONCE}"')
    if any(secret.file for secret in secrets):
        yield Bash('"${HERE}/etc/secrets"')
