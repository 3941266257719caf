"""What a program finds in its environment: variables of its site, its kind and the recipe."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.offer import NODE_RANK, Secret, ServiceOffer
from hpcgen.model.references import Argument
from hpcgen.plan.parts.program import Program
from hpcgen.text.values import Variable


def exports(program: Program) -> dict[str, Argument]:
    """The script's variables, by their names with the prefix; of one set twice, the recipe's."""
    runtime, profile = program.runtime, program.profile
    of_runtime = runtime.environment(gpus=program.has_gpus) if runtime else {}
    of_site = profile.gpu_environment if runtime and program.has_gpus else {}
    variables = {**of_runtime, **of_site, **program.offer.env, **program.entry.env}
    return {f"{program.prefix}{name}": argument for name, argument in variables.items()}


def secret_exports(program: Program, secrets: tuple[Secret, ...]) -> dict[str, Variable]:
    """The same for secrets that are variables."""
    variables = (secret for secret in secrets if secret.environment)
    return {f"{program.prefix}{secret.environment}": secret.value for secret in variables}


def variable_names(program: Program, exported: tuple[str, ...]) -> Iterator[str]:
    """The names of what is exported, and of what each node adds, without their prefix."""
    names = (*exported, *((program.gpu_variable,) if program.gpu_variable else ()))
    yield from (name.removeprefix(program.prefix) for name in names)
    members = program.offer.members if isinstance(program.offer, ServiceOffer) else None
    yield from (NODE_RANK, members.address) if members else ()
