"""A decorator that states the codes of the diagnostics that a function yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, ParamSpec

from hpcgen.diagnostics import Diagnostic

Arguments = ParamSpec("Arguments")


class Finder(Generic[Arguments]):
    """A function that yields diagnostics of `codes` and of no others."""

    def __init__(self, codes: tuple[str, ...], find: Callable[Arguments, Iterator[Diagnostic]]):
        self.codes = codes
        self.find = find
        self.__doc__ = find.__doc__
        self.__name__ = find.__name__

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Iterator[Diagnostic]:
        """The function's diagnostics."""
        return self.find(*args, **kwargs)


def finds(
    *codes: str,
) -> Callable[[Callable[Arguments, Iterator[Diagnostic]]], Finder[Arguments]]:
    """Say before a function which codes its diagnostics have."""
    return lambda find: Finder(codes, find)
