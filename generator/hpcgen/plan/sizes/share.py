"""A share of a job: the step that a service or a client runs in, so that it gets no more."""

from __future__ import annotations

from hpcgen.model.entry import Client, Entry
from hpcgen.model.profile import Profile
from hpcgen.plan.sizes.gpus import DEVICES, gpu_variable
from hpcgen.plan.sizes.step import share_of
from hpcgen.runtimes import runs
from hpcgen.text.shell import Bash


def share(entry: Entry, profile: Profile) -> tuple[str, ...]:
    """The words that make a program a step of the entry's size; none where it has no size.

    None either where its container is a step, which then has that size.
    """
    runs_it = runs(entry, profile)
    if not entry.size or (runs_it and runs_it.in_steps):
        return ()
    pairs = ((f"--{name}", value) for name, value in share_of(entry, profile))
    options = (str(word) for pair in pairs for word in pair)
    step = ("srun", "--nodes", "1", "--ntasks", "1", "--exact", "--mpi", "none")
    return (*step, *options, *_enter(entry, profile))


def _enter(entry: Entry, profile: Profile) -> tuple[str, ...]:
    """What a step does before its program starts.

    srun kills its step when it is told to end (srun(1)), so a service notes its own process, which
    can be told; some runtimes do that themselves. Which GPUs are the step's is known in it alone.
    """
    gpus = gpu_variable(entry, profile) if "gpus_per_node" in entry.size else ""
    runs_it = runs(entry, profile)
    noted = isinstance(entry, Client) or (runs_it and runs_it.detached)
    pid = () if noted else ('echo $$ >"$0"',)
    does = (*pid, *((f"export {gpus}=${DEVICES[profile.gpu_vendor]}",) if gpus else ()))
    name = Bash('"${HERE}/pid"') if pid else "bash"
    return ("bash", "-c", "\n".join((*does, 'exec "$@"')), name) if does else ()
