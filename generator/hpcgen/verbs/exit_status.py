"""The exit statuses of the command line."""

from __future__ import annotations

OK = 0
PROBLEMS = 1
"""The recipes have problems."""
DIFFERENCES = 2
"""Found by `check` and `diff`."""
BUG = 3
"""In hpcgen."""
USAGE = 64
"""The command line is wrong; EX_USAGE of sysexits(3)."""
INTERRUPTED = 130
"""By Ctrl-C; what a shell reports for a program that SIGINT ended."""
