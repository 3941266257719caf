"""The program of an entry: what its kind offers, on its cluster, and what runs it there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hpcgen.kinds.offer import Offer
from hpcgen.model.entry import Entry
from hpcgen.model.profile import Profile
from hpcgen.model.resources import gpus_per_node
from hpcgen.runtimes import runtime
from hpcgen.runtimes.runtime import BARE, Runtime

_DEVICES = {"nvidia": "CUDA_VISIBLE_DEVICES", "amd": "ROCR_VISIBLE_DEVICES"}
"""Slurm's variable of a job's GPUs. It sets CUDA_VISIBLE_DEVICES for AMD's too, and its numbers are
wrong once ROCR_VISIBLE_DEVICES has hidden the others, so only one of the two is passed on."""


@dataclass(frozen=True)
class Program:
    """An entry beside its offer and its cluster; each question about it is answered here once."""

    entry: Entry
    offer: Offer
    profile: Profile

    @cached_property
    def runtime(self) -> Runtime | None:
        """What runs its container; None where it runs on the node itself."""
        return runtime(self.profile.program) if self.entry.image else None

    @property
    def prefix(self) -> str:
        """What a variable's name begins with to reach the program, as in APPTAINERENV_."""
        return self.runtime.prefix if self.runtime else BARE

    @property
    def is_detached(self) -> bool:
        """Whether it is no child of the job's script."""
        return self.runtime is not None and self.runtime.detached

    @property
    def is_step(self) -> bool:
        """Whether its container is a step of Slurm's."""
        return self.runtime is not None and self.runtime.in_steps

    @cached_property
    def has_gpus(self) -> bool:
        """Whether its job asks for any."""
        return gpus_per_node(self.entry.resources) > 0

    @property
    def devices(self) -> str:
        """Slurm's variable that says which GPUs are the job's."""
        return _DEVICES[self.profile.gpu_vendor]

    @property
    def gpu_variable(self) -> str:
        """What its container sees of that, which its clean environment hides; "" without GPUs.

        Where a site lets every job see every GPU, that variable alone says which are the job's. A
        step is told by Slurm itself.
        """
        if self.runtime is None or self.is_step or not self.has_gpus:
            return ""
        return f"{self.prefix}{self.devices}"
