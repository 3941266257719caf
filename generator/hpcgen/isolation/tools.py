"""What the tools obey that scripts call, from coreutils to Apptainer."""

from __future__ import annotations

from hpcgen.isolation.obeyed import Obeyed

# Variables of tools that no script calls so are not here: those of ps, tar, `cp -b` and `sed l`.
# PERL5LIB, PYTHON*, OMP_*, *_proxy and SSL_CERT_* are for native programs and to pull images.

TOOLS: tuple[Obeyed, ...] = (
    Obeyed(
        names=("QUOTING_STYLE", "TIME_STYLE", "TABSIZE"),
        program="ls; QUOTING_STYLE: stat too; TIME_STYLE: du too",
        source="coreutils: ls invocation (Formatting the file names, Formatting file "
        "timestamps), stat invocation, du invocation",
        effect="ls quotes every name (and stat what %N prints), or ls -l fails",
        hostile={"QUOTING_STYLE": "shell-always", "TIME_STYLE": "evil", "TABSIZE": "evil"},
    ),
    Obeyed(
        names=("BLOCK_SIZE", "BLOCKSIZE", "DF_BLOCK_SIZE", "DU_BLOCK_SIZE", "LS_BLOCK_SIZE"),
        program="df, du, ls -l and -s, without -k or --block-size; stat does not",
        source="coreutils, Block size",
        effect="sizes are in another unit, or as 3.0M; ls -l prints a size of 1 for a small file",
        hostile={
            "BLOCK_SIZE": "human-readable",
            "BLOCKSIZE": "1M",
            "DF_BLOCK_SIZE": "1M",
            "DU_BLOCK_SIZE": "1",
            "LS_BLOCK_SIZE": "1M",
        },
    ),
    Obeyed(
        names=("FIND_BLOCK_SIZE", "__GNU_FINDUTILS_*", "GNU_FINDUTILS_*"),
        program="find, xargs",
        source="findutils' find/util.c, lib/buildcmd.c, lib/fdleak.c; no page",
        effect="find refuses to start, or cannot -exec",
        hostile={
            "FIND_BLOCK_SIZE": "1",
            "__GNU_FINDUTILS_EXEC_ARG_COUNT_LIMIT": "1",
            "__GNU_FINDUTILS_EXEC_ARG_LENGTH_LIMIT": "1",
            "GNU_FINDUTILS_FD_LEAK_CHECK": "1",
        },
    ),
    Obeyed(
        names=("GREP_*", "DEB_GREP_*"),
        program="grep",
        source="grep(1), ENVIRONMENT (grep 3.5 and before for GREP_OPTIONS); Debian's patch",
        effect="it selects the other lines, prints colours, or a warning",
        hostile={
            "GREP_OPTIONS": "--invert-match --color=always",
            "GREP_COLOR": "evil",
            "GREP_COLORS": "evil",
            "DEB_GREP_ENABLE_STRAY_BACKSLASH_WARN": "1",
        },
    ),
    Obeyed(
        names=("AWK*", "GAWK_*", "DGAWK_*", "MAWK*"),
        program="gawk, mawk",
        source="gawk(1), mawk(1), ENVIRONMENT VARIABLES; gawk, Other Environment Variables",
        effect="gawk fails, keeps variables from one run to the next, or visits an array in "
        "another order; -f, -i and -l find other files",
        hostile={
            "GAWK_PERSIST_FILE": "/nonexistent/evil",
            "GAWK_READ_TIMEOUT": "1",
            "GAWK_STACKSIZE": "1",
            "GAWK_MSG_SRC": "1",
            "GAWK_NO_DFA": "1",
            "AWKPATH": "/nonexistent",
            "AWKLIBPATH": "/nonexistent",
            "AWKBUFSIZE": "1",
            "AWK_HASH": "gst",
            "DGAWK_RESTART": "1",
            "MAWKBINMODE": "3",
            "MAWK_LONG_OPTIONS": "error",
        },
    ),
    Obeyed(
        names=("PMA_VERBOSITY", "WHINY_USERS", "TIDYMEM", "INT_CHAIN_MAX", "STR_CHAIN_MAX"),
        program="gawk; WHINY_USERS: mawk, and gawk before 4.0",
        source="mawk(1), ENVIRONMENT VARIABLES; gawk, Other Environment Variables; gawk's "
        "support/pma.c for PMA_VERBOSITY",
        effect="gawk 5.2 fails; an array is visited in another order",
        hostile={
            "PMA_VERBOSITY": "9",
            "WHINY_USERS": "1",
            "TIDYMEM": "1",
            "INT_CHAIN_MAX": "1",
            "STR_CHAIN_MAX": "1",
        },
    ),
    Obeyed(
        names=("CURL_*", "SSLKEYLOGFILE", "QLOGDIR"),
        program="curl",
        source="curl(1), ENVIRONMENT",
        effect="it reads another .curlrc, which can print, fail or go elsewhere; no https "
        "works; keys of connections are written to a file",
        hostile={
            "CURL_HOME": "/nonexistent",
            "CURL_CA_BUNDLE": "/nonexistent",
            "CURL_SSL_BACKEND": "evil",
            "SSLKEYLOGFILE": "/nonexistent/evil",
            "QLOGDIR": "/nonexistent",
        },
    ),
    Obeyed(
        names=("PERL5OPT", "PERL5DB", "PERLIO*", "PERL_UNICODE"),
        program="perl",
        source="perlrun(1), ENVIRONMENT",
        effect="perl loads other modules, does not start, debugs, or writes other bytes",
        hostile={
            "PERL5OPT": "-MEvil",
            "PERL5DB": 'BEGIN { die "evil" }',
            "PERLIO": ":crlf",
            "PERLIO_DEBUG": "/nonexistent/evil",
            "PERL_UNICODE": "evil",
        },
    ),
    Obeyed(
        names=("APPTAINER*", "SINGULARITY*", "_APPTAINER_*"),
        program="apptainer, singularity",
        source="Apptainer's user guide, Appendix, and apptainer(1): each option has a "
        "variable; Apptainer's internal/pkg/util/env/env.go",
        effect="other paths are bound, the home or the user is another, variables are set or "
        "lost in the container; a pull keeps its cache elsewhere",
        hostile={
            "APPTAINER_BIND": "/nonexistent",
            "APPTAINER_CONTAIN": "1",
            "APPTAINER_CONTAINALL": "1",
            "APPTAINER_CLEANENV": "1",
            "APPTAINER_NO_MOUNT": "tmp,home,cwd",
            "APPTAINER_WRITABLE_TMPFS": "1",
            "APPTAINER_WORKDIR": "/nonexistent",
            "APPTAINER_HOME": "/nonexistent",
            "APPTAINER_PWD": "/nonexistent",
            "APPTAINER_NV": "1",
            "APPTAINER_CACHEDIR": "/nonexistent",
            "APPTAINER_TMPDIR": "/nonexistent",
            "APPTAINER_CONFIG_FILE": "/nonexistent",
            "APPTAINER_MESSAGELEVEL": "5",
            "APPTAINERENV_PATH": "/nonexistent",
            "SINGULARITY_BIND": "/nonexistent",
            "SINGULARITYENV_LD_PRELOAD": "/nonexistent/evil.so",
            "_APPTAINER_FAKEFAKEROOT": "1",
        },
    ),
    Obeyed(
        names=("GODEBUG", "GOTRACEBACK"),
        program="apptainer and all programs of Go",
        source="Go's package runtime, Environment Variables",
        effect="the runtime prints what it does on the standard error, or resolves names otherwise",
        hostile={"GODEBUG": "inittrace=1,gctrace=1", "GOTRACEBACK": "crash"},
    ),
)
