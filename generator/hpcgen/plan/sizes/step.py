"""What a share of a job asks Slurm for, as options of its step."""

from __future__ import annotations

from hpcgen.model.entry import Entry
from hpcgen.model.profile import Profile
from hpcgen.model.resources import sets_any
from hpcgen.plan.sizes.directives import options


def share_of(entry: Entry, profile: Profile) -> tuple[tuple[str, object], ...]:
    """The options and their values, for an entry that has a size.

    A step holds all memory and GPUs of its job that it does not ask to share (srun(1), --mem and
    --gres), and the next one would wait for it.
    """
    shared = entry.size if sets_any(entry.size, "mem") else {"mem": "0", **entry.size}
    rest = () if sets_any(entry.size, "gpus_per_node") else (("gres", "none"),)
    return (*options(shared, entry.resources, profile), *rest)
