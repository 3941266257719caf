"""How a container is told which GPUs are its job's."""

from __future__ import annotations

from hpcgen.model.entry import Entry
from hpcgen.model.profile import Profile
from hpcgen.runtimes import runs

DEVICES = {"nvidia": "CUDA_VISIBLE_DEVICES", "amd": "ROCR_VISIBLE_DEVICES"}
"""Slurm's variable of a job's GPUs. It sets CUDA_VISIBLE_DEVICES for AMD's too, and its numbers are
wrong once ROCR_VISIBLE_DEVICES has hidden the others, so only one of the two is passed on."""


def gpu_variable(entry: Entry, profile: Profile) -> str:
    """What the container sees of DEVICES, which its clean environment hides; "" without GPUs.

    Where a site lets every job see every GPU, that variable alone says which are the job's. A step
    is told by Slurm itself.
    """
    runs_it = runs(entry, profile)
    if runs_it is None or runs_it.in_steps or not asks_gpus(entry):
        return ""
    return f"{runs_it.prefix}{DEVICES[profile.gpu_vendor]}"


def asks_gpus(entry: Entry) -> bool:
    """Whether the entry's job has any."""
    resources = entry.resources
    return bool(resources.get("gpus_per_node") or "gpu" in str(resources.get("gres", "")))
