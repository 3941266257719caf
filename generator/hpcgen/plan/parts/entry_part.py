"""What a service and a client have in common as parts of a job."""

from __future__ import annotations

from collections.abc import Iterable

from hpcgen.kinds.bash_arguments import bash_words, is_late
from hpcgen.kinds.offer import Offer, Secret
from hpcgen.kinds.overrides import Override
from hpcgen.model.entry import Entry, Service
from hpcgen.model.recipe import Recipe
from hpcgen.model.references import Argument
from hpcgen.plan.parts.container import Containment
from hpcgen.plan.parts.part import Part
from hpcgen.plan.sizes.share import share
from hpcgen.runtimes import environment_prefix
from hpcgen.text.shell import Value


def entry_part(recipe: Recipe, entry: Entry, offer: Offer, containment: Containment) -> Part:
    """The part as far as either role has it; its values are those that every part begins with."""
    return Part(
        name=entry.name,
        kind=entry.kind.name,
        role="service" if isinstance(entry, Service) else "client",
        title=f"{entry.name}: {offer.title}.",
        description=entry.description,
        values=_identity(recipe, entry, containment),
        late_values={},
        containment=containment,
        bash=entry.kind.scripts,
        origin=entry.origin,
        setup=tuple(bash_words(entry, command) for command in entry.setup),
        modules=entry.modules,
        share=share(entry, recipe.profile),
        files=offer.files,
        folder=f"services/{entry.name}",
        overrides=_in_force(entry, offer),
        prefix=environment_prefix(entry, recipe.profile),
    )


def _in_force(entry: Entry, offer: Offer) -> tuple[Override, ...]:
    """The offer's overrides, but for those of a command in whose place the recipe has its own."""
    replaced = offer.command if entry.command else ()
    return tuple(each for each in offer.overrides if each.argument not in replaced)


def _identity(recipe: Recipe, entry: Entry, containment: Containment) -> dict[str, Value]:
    """The values that every part begins with."""
    image: dict[str, Value] = {}
    files = _secret_files(containment.secrets)
    if entry.image:
        path = entry.image.path.bash
        image = {"IMAGE": path, **containment.values, "CONTAINER": containment.options}
    elif isinstance(entry, Service):
        image = {"ENTER": containment.options}
    if entry.job:
        return {"NAME": entry.name, **image, **files, "LOG_LIMIT": entry.log_limit}
    names = {"DEPLOYMENT": recipe.name, "NAME": entry.name}
    root = recipe.profile.run_root.bash
    return {**names, "RUN_ROOT": root, **image, **files, "LOG_LIMIT": entry.log_limit}


def _secret_files(secrets: Iterable[Secret]) -> dict[str, Value]:
    """Where the secrets that are files of the user's are; the others lie in the run directory."""
    given = ((secret.variable, secret.reference.file) for secret in secrets)
    return {f"{variable}_FILE": file.bash for variable, file in given if file}


def command_value(entry: Entry, command: tuple[Argument, ...], *, late: bool) -> dict[str, Value]:
    """The value COMMAND, where it is late, or where it is not."""
    is_so = any(is_late(argument) for argument in command)
    return {"COMMAND": bash_words(entry, command)} if is_so == late else {}
