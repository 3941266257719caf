"""What bash itself obeys: bash(1) of 5.2, with 4.2 to 5.3 tried."""

from __future__ import annotations

from hpcgen.isolation.obeyed import Obeyed

# Tried, and without effect when a script starts: IFS, OPTIND, OPTERR, EXECIGNORE, GLOBSORT,
# CHILD_MAX, RANDOM, BASHPID, LINENO, PPID, MAPFILE, REPLY, BASH_REMATCH. Only an interactive bash
# obeys PS1, PROMPT_COMMAND, HIST*, INPUTRC, IGNOREEOF, MAIL*. HOSTNAME is set anew by each job.

BASH: tuple[Obeyed, ...] = (
    Obeyed(
        names=("BASH_ENV", "ENV", "CDPATH", "GLOBIGNORE"),
        program="bash, sh",
        source="bash(1), -p, and INVOCATION and Shell Variables; ENV: bash(1), dash(1)",
        effect="-p ignores them, but exports them: a bash below it without -p reads a file at "
        "its start, `cd` prints and goes elsewhere, and * matches less",
        hostile={
            "BASH_ENV": "/nonexistent/evil",
            "ENV": "/nonexistent/evil",
            "CDPATH": "/usr:/",
            "GLOBIGNORE": "*",
        },
    ),
    Obeyed(
        names=("TMOUT",),
        program="bash",
        source="bash(1), Shell Variables; and SHELL BUILTIN COMMANDS, read",
        effect="`read` from a pipe or terminal without -t gives up after so many seconds, with 142",
        hostile={"TMOUT": "1"},
    ),
    Obeyed(
        names=("FUNCNEST",),
        program="bash since 4.4",
        source="bash(1), Shell Variables",
        effect="a function that calls a function ends the script with 1",
        hostile={"FUNCNEST": "1"},
    ),
    Obeyed(
        names=("BASH_COMPAT",),
        program="bash since 4.4",
        source="bash(1), Shell Variables, and SHELL COMPATIBILITY MODE",
        effect="patterns, [[ ]] and expansions mean what they meant in an old bash; a wrong "
        "value prints a message at the start of every bash",
        hostile={"BASH_COMPAT": "31"},
    ),
    Obeyed(
        names=("PIPESTATUS", "DIRSTACK", "BASH_CMDS", "BASH_ALIASES"),
        program="bash",
        source="bash(1), Shell Variables; bash's variables.c, init_dynamic_array_var",
        effect="the shell never sets it: it has the exported value after every command; after "
        "`unset` PIPESTATUS works again",
        hostile={
            "PIPESTATUS": "9",
            "DIRSTACK": "/nonexistent",
            "BASH_CMDS": "evil",
            "BASH_ALIASES": "evil",
        },
    ),
    Obeyed(
        names=("PS4", "TIMEFORMAT"),
        program="bash",
        source="bash(1), Shell Variables",
        effect="`set -x` and `time` print something else (a bash of root's does not import PS4)",
        hostile={"PS4": "evil ", "TIMEFORMAT": "evil"},
    ),
    Obeyed(
        names=("SHELLOPTS", "BASHOPTS"),
        program="bash",
        source="bash(1), -p, and Shell Variables",
        effect="-p ignores their values, but they stay exported with this shell's own options: "
        "a bash below it has its -u, pipefail and -p; they are readonly, so `unset` "
        "fails",
        hostile={"SHELLOPTS": "braceexpand:errexit:noglob", "BASHOPTS": "failglob:nullglob"},
    ),
    Obeyed(
        names=("BASH_FUNC_*",),
        program="bash since 4.3",
        source="bash(1), -p, and FUNCTIONS; ENVIRONMENT",
        effect="-p defines no function, but passes them on: a bash below it without -p has a "
        "function in place of a program; their names are no names for `unset`",
        hostile={"BASH_FUNC_ls%%": "() { echo evil; }", "BASH_FUNC_cd%%": "() { echo evil; }"},
    ),
    Obeyed(
        names=("EUID", "UID"),
        program="bash",
        source="bash(1), Shell Variables; bash's variables.c, uidset",
        effect="the shell takes the exported value for its own; where none is exported they "
        "are readonly, and `unset` fails",
        hostile={"EUID": "77", "UID": "77"},
    ),
    Obeyed(
        names=("GROUPS", "FUNCNAME", "BASH_SOURCE", "BASH_LINENO", "BASH_ARGV0"),
        program="bash; BASH_ARGV0: $0 of `bash -c` since 5.1",
        source="bash(1), Shell Variables; bash's variables.c, init_dynamic_array_var",
        effect="the shell takes the exported value: BASH_SOURCE is not the script's path ($0 "
        "is); after `unset` they have no special meaning",
        hostile={
            "GROUPS": "77",
            "FUNCNAME": "evil",
            "BASH_SOURCE": "/nonexistent/evil",
            "BASH_LINENO": "77",
            "BASH_ARGV0": "evil",
        },
    ),
    Obeyed(
        names=("SECONDS",),
        program="bash",
        source="bash(1), Shell Variables; bash's variables.c, init_seconds_var",
        effect="it counts on from the exported value, and wraps to below zero; after `unset` "
        "it counts no more",
        hostile={"SECONDS": "9223372036854775807"},
    ),
    Obeyed(
        names=("BASH_XTRACEFD",),
        program="bash",
        source="bash(1), Shell Variables",
        effect="a trace goes to the standard output; `unset`, and any new value, closes that "
        "file descriptor, even 1 and 2",
        hostile={"BASH_XTRACEFD": "1"},
    ),
)
