"""What a program finds in its environment: variables of its site, its kind and the recipe."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.offer import NODE_RANK, Offer, Secret, ServiceOffer
from hpcgen.model.entry import Entry
from hpcgen.model.profile import Profile
from hpcgen.model.references import Argument
from hpcgen.plan.sizes.gpus import asks_gpus, gpu_variable
from hpcgen.runtimes import environment_prefix, runs
from hpcgen.text.values import Variable


def exports(entry: Entry, offer: Offer, profile: Profile) -> dict[str, Argument]:
    """The script's variables, by their names with the prefix; of one said twice the recipe's."""
    prefix = environment_prefix(entry, profile)
    gpus, runs_it = asks_gpus(entry), runs(entry, profile)
    site = profile.gpu_environment if runs_it and gpus else {}
    runtimes = runs_it.environment(gpus=gpus) if runs_it else {}
    named = {**runtimes, **site, **offer.env, **entry.env}
    return {f"{prefix}{name}": argument for name, argument in named.items()}


def secret_exports(
    entry: Entry, profile: Profile, secrets: tuple[Secret, ...]
) -> dict[str, Variable]:
    """The same for secrets that are variables."""
    prefix = environment_prefix(entry, profile)
    named = (secret for secret in secrets if secret.environment)
    return {f"{prefix}{secret.environment}": secret.value for secret in named}


def variables(
    entry: Entry, offer: Offer, profile: Profile, exported: tuple[str, ...]
) -> Iterator[str]:
    """The names of what is exported, and of what each node adds, without their prefix."""
    prefix = environment_prefix(entry, profile)
    members = offer.members if isinstance(offer, ServiceOffer) else None
    named = (*exported, *filter(None, (gpu_variable(entry, profile),)))
    yield from (name.removeprefix(prefix) for name in named)
    yield from (NODE_RANK, members.address) if members else ()
