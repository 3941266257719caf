"""What stands behind a line of a bundle: fields of the recipe, and facts of the cluster.

Nothing is recorded while compiling. Each field of the recipe in full (`resolve/expansion.py`) is
given another value in turn, the artefact made again, and the line looked at: what changes it is
behind it, whatever way it took through the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from hpcgen.provenance.fields import Candidate, Data, Field, absent, given
from hpcgen.provenance.names import named, renamed_path
from hpcgen.provenance.sources import Sources
from hpcgen.provenance.trial import Trial

Progress = Callable[[int, int], None]
"""Told how many fields have been looked at, and of how many."""

Look = tuple[Field, Callable[[], bool]]

_ANSWERS = 2
"""So many other values that compile are tried: the first may be one that the line does not show."""


def causes(
    made_from: Sources, path: str, lines: Sequence[str], line: int, progress: Progress
) -> tuple[Field, ...]:
    """What changes line `line`, from 1, of the artefact at `path`, whose lines are `lines`.

    Fields of the recipe and facts of the profile, those of defaults among them; where there are
    none, what the two might say and do not. Nothing: the line is the same whatever they say.
    """
    # the recipe as it is written: what is filled in there would hide what the profile says
    trial = Trial(made_from.recipe, made_from.meant.profile, path, tuple(lines), line)
    said = tuple(_changing([*_said(made_from, trial)], progress))
    return said or tuple(_changing([*_unsaid(made_from, trial)], progress))


def _said(made_from: Sources, trial: Trial) -> Iterator[Look]:
    """Every value: written in the recipe, filled in there, and of the profile."""
    recipe, profile, words = made_from.recipe, made_from.profile, made_from.words
    filled = given("recipe", made_from.whole_recipe, recipe, words)
    yield from _looks(given("recipe", recipe.data, recipe, words), trial.by_recipe)
    yield from _named(made_from, trial)
    yield from _looks((each for each in filled if not each[0].line), trial.by_recipe)
    yield from _looks(given("profile", made_from.whole_profile, profile, words), trial.by_profile)


def _unsaid(made_from: Sources, trial: Trial) -> Iterator[Look]:
    """What the two might say and do not."""
    yield from _looks(absent("recipe", made_from.whole_recipe), trial.by_recipe)
    yield from _looks(absent("profile", made_from.whole_profile), trial.by_profile)


def _named(made_from: Sources, trial: Trial) -> Iterator[Look]:
    """Whether the line is another once an entry is called otherwise."""
    for field, other in named(made_from.whole_recipe, made_from.recipe):
        changes = partial(trial.by_recipe, path=renamed_path(trial.path, field.value))
        yield field, partial(_answered, changes, [other])


def _looks(
    candidates: Iterable[Candidate], changes: Callable[[Data], bool | None]
) -> Iterator[Look]:
    for field, others in candidates:
        yield field, partial(_answered, changes, others)


def _answered(changes: Callable[[Data], bool | None], others: Iterable[Data]) -> bool:
    """Whether any of the first other values that compile changes the line."""
    answers = (answer for answer in map(changes, others) if answer is not None)
    return any(islice(answers, _ANSWERS))


def _changing(looks: Sequence[Look], progress: Progress) -> Iterator[Field]:
    for number, (field, changes) in enumerate(looks, 1):
        if changes():
            yield field
        progress(number, len(looks))
