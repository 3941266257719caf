"""Progress is one line of a terminal, and nothing anywhere else."""

import io

import pytest
from hpcgen.printing.progress import progress_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_last_figure_and_then_nothing() -> None:
    terminal = Terminal()
    with progress_line("{done} of {total} scripts", terminal) as show:
        show(0, 9)
        show(8, 9)
    lines = terminal.getvalue().split("\r\x1b[K")
    assert lines == ["", "0 of 9 scripts", "8 of 9 scripts", ""]


def test_the_line_is_erased_where_the_operation_fails() -> None:
    terminal = Terminal()
    with pytest.raises(KeyError), progress_line("{done}", terminal) as show:
        show(1, 2)
        raise KeyError
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_pipe_gets_nothing() -> None:
    pipe = io.StringIO()
    with progress_line("{done}", pipe) as show:
        show(1, 2)
    assert pipe.getvalue() == ""


def test_an_operation_that_shows_nothing_writes_nothing() -> None:
    terminal = Terminal()
    with progress_line("{done}", terminal):
        pass
    assert terminal.getvalue() == ""
