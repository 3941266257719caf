"""Every example in a docstring of the package is true."""

import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path

import hpcgen
import pytest

ROOT = Path(hpcgen.__file__).parent


def examples() -> Iterator[doctest.DocTest]:
    """The docstrings that have examples; a module without any is not imported for that."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    for path in sorted(ROOT.rglob("*.py")):
        if ">>> " in path.read_text():
            parts = path.relative_to(ROOT.parent).with_suffix("").parts
            module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            yield from (test for test in finder.find(module) if test.examples)


CASES = {test.name: test for test in examples()}


@pytest.mark.parametrize("name", CASES)
def test_the_examples_of_a_docstring_are_true(name: str) -> None:
    runner = doctest.DocTestRunner()
    runner.run(CASES[name])
    assert (runner.summarize(verbose=False).failed, runner.tries > 0) == (0, True)


def test_there_are_examples() -> None:
    assert len(CASES) >= 3
