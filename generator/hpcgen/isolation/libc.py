"""What the C library, and so every program, obeys: the pages of glibc 2.36."""

from __future__ import annotations

from hpcgen.isolation.obeyed import Obeyed

# LD_TRACE_LOADED_OBJECTS is not here: with it no program runs, sbatch and bash among them. LOCPATH,
# NLSPATH and LANGUAGE have no effect below LC_ALL=C, which each script exports.

LIBC: tuple[Obeyed, ...] = (
    Obeyed(
        names=("POSIXLY_CORRECT",),
        program="bash, coreutils, findutils, grep, sed, gawk, tar, ps, and all that use getopt(3)",
        source="bash(1), Shell Variables; getopt(3), ENVIRONMENT; coreutils, Standards conformance",
        effect="options after operands are files, du and df count 512 bytes, gawk has no "
        "gensub and strftime, bash ends where `.` fails; after `unset` bash keeps "
        "inherit_errexit",
        hostile={"POSIXLY_CORRECT": "1"},
    ),
    Obeyed(
        names=("_POSIX2_VERSION",),
        program="sort, head, tail, touch, uniq",
        source="coreutils, Standards conformance",
        effect="`tail -1` or `sort +1` is refused, or `+1` is an option",
        hostile={"_POSIX2_VERSION": "199209"},
    ),
    Obeyed(
        names=("LD_PRELOAD", "LD_AUDIT", "LD_ASSUME_KERNEL", "LD_HWCAP_MASK", "LD_ORIGIN_PATH"),
        program="the dynamic linker, so every program",
        source="ld.so(8), ENVIRONMENT",
        effect="foreign code runs in every program, or each prints an error about it",
        hostile={
            "LD_PRELOAD": "/nonexistent/evil.so",
            "LD_AUDIT": "/nonexistent/evil.so",
            "LD_ASSUME_KERNEL": "9.9",
            "LD_HWCAP_MASK": "0",
            "LD_ORIGIN_PATH": "/nonexistent",
        },
    ),
    Obeyed(
        names=(
            "LD_SHOW_AUXV",
            "LD_DEBUG*",
            "LD_PROFILE*",
            "LD_VERBOSE",
            "LD_WARN",
            "LD_BIND_NOT",
            "LD_DYNAMIC_WEAK",
            "LD_USE_LOAD_BIAS",
            "LD_TRACE_PRELINKING",
        ),
        program="the dynamic linker, so every program",
        source="ld.so(8), ENVIRONMENT",
        effect="every program prints lines of the linker's first, on its standard output or error",
        hostile={
            "LD_SHOW_AUXV": "1",
            "LD_DEBUG": "statistics",
            "LD_PROFILE": "evil.so",
            "LD_PROFILE_OUTPUT": "/nonexistent",
            "LD_VERBOSE": "1",
            "LD_WARN": "1",
            "LD_BIND_NOT": "1",
            "LD_DYNAMIC_WEAK": "1",
            "LD_USE_LOAD_BIAS": "1",
            "LD_TRACE_PRELINKING": "1",
        },
    ),
    Obeyed(
        names=("HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS"),
        program="getent, curl, ssh, python and all that ask the resolver",
        source="hostname(7); resolv.conf(5); resolver(3)",
        effect="a name of one word is another host, or no host is found",
        hostile={
            "HOSTALIASES": "/nonexistent/evil",
            "LOCALDOMAIN": "evil.invalid",
            "RES_OPTIONS": "use-vc timeout:1 attempts:1 ndots:15",
        },
    ),
    Obeyed(
        names=("RESOLV_*",),
        program="getent, curl, ssh, python and all that ask the resolver",
        source="host.conf(5), ENVIRONMENT and NOTES",
        effect="addresses are others or in another order; each wrong line prints an error",
        hostile={
            "RESOLV_HOST_CONF": "/etc/passwd",
            "RESOLV_MULTI": "evil",
            "RESOLV_REORDER": "evil",
            "RESOLV_SPOOF_CHECK": "evil",
            "RESOLV_ADD_TRIM_DOMAINS": ".example",
            "RESOLV_OVERRIDE_TRIM_DOMAINS": ".example",
        },
    ),
)
