"""command: any program, in a container or on the node itself."""

from __future__ import annotations

from hpcgen import units
from hpcgen.offer import ClientOffer
from hpcgen.recipe import Client
from hpcgen.shell import Bash, Value

_STEPS = {
    "node": ("--ntasks", "${SLURM_NNODES}", "--ntasks-per-node", "1"),
    "task": ("--ntasks", "${SLURM_NTASKS}"),
}
_SIZE = ("--nodes", "${SLURM_NNODES}", "--cpus-per-task", "${SLURM_CPUS_PER_TASK:-1}")
"""A step inherits the job's task count and not its CPUs, so it says its own (srun(1), 22.05)."""


def offer(client: Client) -> ClientOffer:
    """The recipe's command, whose end is the job's, within the duration or the time limit."""
    limit = client.duration or units.walltime(client.resources["time"])
    return ClientOffer(
        title="a command",
        runs_command=True,
        writes_tmp=client.settings["per"] == "job",
        values={"DURATION": limit, "STEP": _step(client)},
    )


def _step(client: Client) -> Value:
    per = client.settings["per"]
    if per == "job":
        return ()
    words = (Bash(f'"{word}"') if "$" in word else Bash(word) for word in (*_SIZE, *_STEPS[per]))
    return ("srun", *words, "--kill-on-bad-exit=1")
