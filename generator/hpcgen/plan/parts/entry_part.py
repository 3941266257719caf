"""What a service and a client have in common as parts of a job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hpcgen.kinds.arguments import argument_words, is_late
from hpcgen.kinds.offer import Offer, Secret
from hpcgen.kinds.overrides import Override
from hpcgen.model.entry import Entry, Service
from hpcgen.model.recipe import Recipe
from hpcgen.model.references import Argument
from hpcgen.plan.parts.container import Container
from hpcgen.plan.parts.program import Program
from hpcgen.plan.parts.share import share
from hpcgen.text.values import Value


def common_fields(program: Program, container: Container) -> dict[str, Any]:
    """The fields of `Part`, but for `values`, `late_values`, `overrides` and `waits`."""
    entry, offer = program.entry, program.offer
    return {
        "name": entry.name,
        "kind": entry.kind.name,
        "title": f"{entry.name}: {offer.title}.",
        "description": entry.description,
        "origin": entry.origin,
        "image": entry.image.path.word if entry.image else None,
        "container": container,
        "bash": entry.kind.scripts,
        "setup": tuple(argument_words(entry, command) for command in entry.setup),
        "modules": entry.modules,
        "share": share(program),
        "prefix": program.prefix,
        "files": offer.files,
        "folder": offer.folder or f"services/{entry.name}",
        "is_listed": bool(offer.folder),
    }


def overrides_in_force(entry: Entry, offer: Offer) -> tuple[Override, ...]:
    """The offer's overrides, but for those of a command in whose place the recipe has its own."""
    replaced = offer.command if entry.command else ()
    return tuple(override for override in offer.overrides if override.argument not in replaced)


def first_values(recipe: Recipe, entry: Entry, container: Container) -> dict[str, Value]:
    """The values that every part begins with."""
    image: dict[str, Value] = {}
    if entry.image:
        path = entry.image.path.word
        image = {"IMAGE": path, **container.values, "CONTAINER": container.options}
    elif isinstance(entry, Service):
        image = {"ENTER": container.options}
    files = _secret_files(container.secrets)
    common: dict[str, Value] = {**image, **files, "LOG_LIMIT": entry.log_limit}
    if entry.job:
        return {"NAME": entry.name, **common}
    root = recipe.profile.run_root.word
    return {"DEPLOYMENT": recipe.name, "NAME": entry.name, "RUN_ROOT": root, **common}


def _secret_files(secrets: Iterable[Secret]) -> dict[str, Value]:
    """Where the secrets that are files of the user's are; the others lie in the run directory."""
    files = ((secret.variable, secret.reference.file) for secret in secrets)
    return {f"{variable}_FILE": file.word for variable, file in files if file}


def command_value(entry: Entry, command: tuple[Argument, ...], *, late: bool) -> dict[str, Value]:
    """The value COMMAND, where it is late, or where it is not."""
    command_is_late = any(is_late(argument) for argument in command)
    return {"COMMAND": argument_words(entry, command)} if command_is_late == late else {}
