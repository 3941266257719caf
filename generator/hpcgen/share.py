"""A share of a job: the step that a service or a client runs in, so that it gets no more."""

from __future__ import annotations

from hpcgen.containment import DEVICES, gpu_variable
from hpcgen.directives import requested
from hpcgen.profile import Profile
from hpcgen.recipe import Client, Entry
from hpcgen.shell import Bash


def share(entry: Entry, profile: Profile) -> tuple[str, ...]:
    """The words that make a program a step of the entry's size; none where it has no size.

    A step holds all memory and GPUs of its job that it does not ask to share (srun(1), --mem and
    --gres), and the next one would wait for it.
    """
    if not entry.size:
        return ()
    shared = {"mem": "0", **entry.size}
    rest = () if "gpus_per_node" in entry.size else ("--gres", "none")
    pairs = ((f"--{name}", value) for name, value in requested(shared, entry.resources, profile))
    options = (str(word) for pair in pairs for word in pair)
    step = ("srun", "--nodes", "1", "--ntasks", "1", "--exact", "--mpi", "none")
    return (*step, *options, *rest, *_enter(entry, profile))


def _enter(entry: Entry, profile: Profile) -> tuple[str, ...]:
    """What a step does before its program starts.

    srun kills its step when it is told to end (srun(1)), so a service notes its own process, which
    can be told. Which GPUs are the step's is known in it alone.
    """
    gpus = gpu_variable(entry, profile) if "gpus_per_node" in entry.size else ""
    pid = () if isinstance(entry, Client) else ('echo $$ >"$0"',)
    does = (*pid, *((f"export {gpus}=${DEVICES[profile.gpu_vendor]}",) if gpus else ()))
    name = Bash('"${HERE}/pid"') if pid else "bash"
    return ("bash", "-c", "\n".join((*does, 'exec "$@"')), name) if does else ()
