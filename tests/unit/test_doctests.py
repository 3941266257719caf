"""Every example in a docstring of the package is true."""

import doctest
import importlib
import pkgutil

import hpcgen
import pytest

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(hpcgen.__path__, "hpcgen.")
    if module.name[-9:] != ".__main__"
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in found) >= 3
