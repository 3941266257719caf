"""What stands behind a line of a bundle: fields of the recipe, and facts of the cluster.

Nothing is recorded while compiling. Each field of the recipe in full (`expansion.py`) is given
another value in turn, the artefact made again, and the line looked at: what changes it is behind
it, whatever way it took through the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from hpcgen.causes.fields import Candidate, Data, Field, absent, given
from hpcgen.causes.names import named, renamed_path
from hpcgen.causes.sources import Sources
from hpcgen.causes.trial import Trial

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
    with TemporaryDirectory() as folder:
        trial = Trial(made_from.recipe.name, path, tuple(lines), Path(folder))
        said = tuple(_changing([*_said(made_from, trial, line)], progress))
        return said or tuple(_changing([*_unsaid(made_from, trial, line)], progress))


def _said(made_from: Sources, trial: Trial, line: int) -> Iterator[Look]:
    """Every value: written in the recipe, filled in there, and of the profile."""
    recipe, profile, words = made_from.recipe, made_from.profile, made_from.words
    in_recipe = partial(trial.changes, line, profile=made_from.whole_profile)
    in_profile = partial(trial.changes, line, recipe.data)  # what is filled in would hide it
    filled = given("recipe", made_from.whole_recipe, recipe, words)
    yield from _looks(given("recipe", recipe.data, recipe, words), in_recipe)
    yield from _named(made_from, trial, line)
    yield from _looks((each for each in filled if not each[0].line), in_recipe)
    yield from _looks(given("profile", made_from.whole_profile, profile, words), in_profile)


def _unsaid(made_from: Sources, trial: Trial, line: int) -> Iterator[Look]:
    """What the two might say and do not."""
    in_recipe = partial(trial.changes, line, profile=made_from.whole_profile)
    in_profile = partial(trial.changes, line, made_from.recipe.data)
    yield from _looks(absent("recipe", made_from.whole_recipe), in_recipe)
    yield from _looks(absent("profile", made_from.whole_profile), in_profile)


def _named(made_from: Sources, trial: Trial, line: int) -> Iterator[Look]:
    """Whether the line is another once an entry is called otherwise."""
    for field, other in named(made_from.whole_recipe, made_from.recipe):
        path = renamed_path(trial.path, field.value)
        changes = partial(trial.changes, line, profile=made_from.whole_profile, path=path)
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
