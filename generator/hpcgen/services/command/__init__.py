"""command: any program, in a container or on the node itself."""

from __future__ import annotations

from hpcgen.kinds.offer import ClientOffer
from hpcgen.model.entry import Client
from hpcgen.text import units
from hpcgen.text.values import Value, Variable, Word

_NODES = Variable("SLURM_JOB_NUM_NODES", "")


def offer(client: Client) -> ClientOffer:
    """The recipe's command, whose end is the job's, within the duration or the time limit."""
    limit = client.duration or units.walltime(client.resources["time"])
    return ClientOffer(
        title="a command",
        runs_command=True,
        writes_tmp=True,
        on_each_node=client.settings["per"] != "job",
        values={"DURATION": limit, "STEP": _step(client)},
    )


def _step(client: Client) -> Value:
    """A step inherits neither its job's CPUs nor its tasks for sure, so it is told its size.

    It is the recipe's, and not what SLURM_NTASKS says: that may be of another job, or of the step
    in which somebody runs the script within an allocation.
    """
    if client.settings["per"] == "job":
        return ()
    cpus = str(client.resources.get("cpus_per_task", 1))
    size = ("srun", "--nodes", _NODES, *_tasks(client), "--cpus-per-task", cpus)
    return (*size, "--kill-on-bad-exit=1")


def _tasks(client: Client) -> tuple[Word, ...]:
    resources = client.resources
    if client.settings["per"] == "task":
        for field in ("ntasks", "ntasks_per_node"):
            if field in resources:
                return (f"--{field.replace('_', '-')}", str(resources[field]))
    return ("--ntasks", _NODES, "--ntasks-per-node", "1")
