"""The causes of a line of a bundle: fields of the recipe, and facts of the cluster.

Nothing is recorded while compiling. Instead each field of the complete recipe
(`resolve/expansion.py`) is given another value in turn, and the artefact is made again: the fields
that change the line are its causes, whatever way they took through the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from hpcgen.provenance.fields import (
    Candidate,
    Data,
    Field,
    fields_with_values,
    fields_without_value,
)
from hpcgen.provenance.names import names_with_alternatives, path_with_other_name
from hpcgen.provenance.sources import Sources
from hpcgen.provenance.trial import Trial

Progress = Callable[[int, int], None]
"""Called with the number of fields that have been tried, and of all fields."""

Look = tuple[Field, Callable[[], bool]]

_ANSWERS = 2
"""The number of other values that compile to try; one may not affect the line."""


def causes(
    made_from: Sources, path: str, lines: Sequence[str], line: int, progress: Progress
) -> tuple[Field, ...]:
    """The fields that change line `line`, from 1, of the artefact at `path` with the lines `lines`.

    They are fields of the recipe and facts of the profile, also with their defaults; if there are
    none, fields that neither sets. If the result is empty, no field changes the line.
    """
    # the recipe as it is written: defaults filled in there would hide facts of the profile
    trial = Trial(made_from.recipe, made_from.resolved.profile, path, tuple(lines), line)
    fields = tuple(_causes([*_looks_at_values(made_from, trial)], progress))
    return fields or tuple(_causes([*_looks_at_absent_fields(made_from, trial)], progress))


def _looks_at_values(made_from: Sources, trial: Trial) -> Iterator[Look]:
    """Every value: written in the recipe, filled in there, and of the profile."""
    recipe, profile, words = made_from.recipe, made_from.profile, made_from.words
    filled = fields_with_values("recipe", made_from.complete_recipe, recipe, words)
    yield from _looks(fields_with_values("recipe", recipe.data, recipe, words), trial.by_recipe)
    yield from _looks_at_names(made_from, trial)
    yield from _looks((candidate for candidate in filled if not candidate[0].line), trial.by_recipe)
    yield from _looks(
        fields_with_values("profile", made_from.complete_profile, profile, words), trial.by_profile
    )


def _looks_at_absent_fields(made_from: Sources, trial: Trial) -> Iterator[Look]:
    """The fields that neither the recipe nor the profile sets."""
    yield from _looks(fields_without_value("recipe", made_from.complete_recipe), trial.by_recipe)
    yield from _looks(fields_without_value("profile", made_from.complete_profile), trial.by_profile)


def _looks_at_names(made_from: Sources, trial: Trial) -> Iterator[Look]:
    """The names of entries."""
    for field, other in names_with_alternatives(made_from.complete_recipe, made_from.recipe):
        changes = partial(trial.by_recipe, path=path_with_other_name(trial.path, field.value))
        yield field, partial(_changes_line, changes, [other])


def _looks(
    candidates: Iterable[Candidate], changes: Callable[[Data], bool | None]
) -> Iterator[Look]:
    for field, others in candidates:
        yield field, partial(_changes_line, changes, others)


def _changes_line(changes: Callable[[Data], bool | None], others: Iterable[Data]) -> bool:
    """Whether any of the first other values that compile changes the line."""
    answers = (answer for answer in map(changes, others) if answer is not None)
    return any(islice(answers, _ANSWERS))


def _causes(looks: Sequence[Look], progress: Progress) -> Iterator[Field]:
    for number, (field, changes) in enumerate(looks, 1):
        if changes():
            yield field
        progress(number, len(looks))
