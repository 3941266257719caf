"""What is set when a job is submitted is judged in bash as its schema judges it, and never run."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hpcgen import schema
from hpcgen.balancers import balancers
from hpcgen.diagnostics import Span
from hpcgen.kinds.overrides import Override
from hpcgen.model.kind import kinds
from hpcgen.model.references import Reference
from hpcgen.schema.acceptance import acceptance
from hpcgen.schema.bash_rule import BashRule, bash_rule
from hpcgen.text.shapes import plain
from hpcgen.text.shell import assignments
from hpcgen.text.values import Default

HERE = Span("recipe.yaml", 3, 3, 3, 6)
BASH = shutil.which("bash") or "bash"
DECLARED = {
    (name, field): schema.deref(rules)
    for name, kind in (*kinds().items(), *balancers().items())
    for field, rules in kind.schema["properties"].items()
    if "x-override" in schema.deref(rules)
}
RULES: dict[str, dict[str, Any]] = {
    "a small count": {"type": "integer", "minimum": 1, "maximum": 64},
    "a digit": {"type": "integer", "minimum": 2, "maximum": 7},
    "a large number": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
    "either sign": {"type": "integer", "minimum": -20, "maximum": 5},
    "below zero": {"type": "integer", "minimum": -20, "maximum": -5},
    "a share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "a span": {"type": "number", "minimum": 0.25, "maximum": 1000},
    "a choice": {"enum": ["fast", "safe-1.0", "a/b", "5"]},
    "a word": {"type": "string", "pattern": r"^[a-z][a-z0-9-]{0,9}$"},
    "a version": {"type": "string", "pattern": r"^(v?[0-9]+(\.[0-9]+)*|next\|\(x\)\*)$"},
    **{
        f"{kind} {field}": rules.get("x-override-rule", rules)
        for (kind, field), rules in DECLARED.items()
    },
}
HOSTILE = (
    "1;touch pwned", "$(touch pwned)", "`touch pwned`", "a[$(touch pwned)]", "x[$(touch pwned)0]",
    "1 && touch pwned", "1|touch pwned", "1\ntouch pwned", "$((1))", "${HOME}", "$HOME", "5+0",
    "(5)", "5,6", "5 6", " 5", "5 ", "\t5", "5\t", "5\n", "\n5", "5\r", "5\x01", "05",
    "010", "007", "0x10", "0X1", "16#5", "1e3", "1E0", "5.", ".5", "0.5.", "0..5", "1_000", "1,5",
    "5.0", "+5", "--5", "- 5", "-", "+", "-0", "00", "0.", "\u0665", "\u096b", "\uff15",
    "\xb2", "\xbd", "\u2164", "\U0001d7d3",
    "nan", "inf", "-inf", "true", "null", "None", "99999999999999999999", "-99999999999999999999",
    "18446744073709551617", "9" * 4000, "1" + "0" * 18, "0." + "0" * 50 + "1", "'5'", '"5"', "\\5",
    "*", "?", "[0-9]", "@(fast)", "fast|safe-1.0", "FAST", "fas", "fastt", "fast\n", "safe-1x0",
    "a b", "A", "é", "a\u200b", "a\u0301", "-n", "--help", "!", "!!", "#", "~", "%s", "%d", "\x7f",
    "RANDOM", "SECONDS", "UID", "EUID", "BASHPID", "OVERRIDE", "next|(x)*", "next|(x)", "v1x2",
)  # fmt: skip
PLAIN = (
    *(str(number) for number in (*range(-22, 70), 9999, 10000, 10001, 100000, 1000001)),
    *("0.1", "0.25", "0.2", "0.9999", "1.0", "1.00", "1.01", "0.0", "0.000000001", "999.5"),
    *("fast", "safe-1.0", "a/b", "a", "ab-9", "abcdefghij", "abcdefghijk", "v1", "v1.2", "1.2.30"),
    *("login-1:8001", "http://ai.example.org:65535"),
)
NUMBER = re.compile(r"0|-?[1-9][0-9]*|(0|[1-9][0-9]*)\.[0-9]{1,9}")
"""Numbers as JSON spells them, with no more than nine digits of a fraction."""


def declared(rules: dict[str, Any], default: str = "no such value") -> Override:
    reference = Reference("override", "OVERRIDE", HERE)
    return Override(
        variable="OVERRIDE", field="any", default=default, rule=bash_rule(rules), argument=reference
    )


def fits(rules: dict[str, Any], text: str) -> bool:
    """What the schema says of the value that the text spells."""
    if rules.get("type") in ("integer", "number"):
        if not NUMBER.fullmatch(text) or (rules["type"] == "integer" and "." in text):
            return False
        return acceptance(rules)(float(text) if "." in text else int(text))
    return acceptance(rules)(text)


def judged(override: Override, values: list[str], place: Path) -> list[tuple[bool, str]]:
    """For each value whether the check lets it through, and what the log says of it."""
    script = place / "check.sh"
    text = (
        "set -uo pipefail\nexport LC_ALL=C\n"
        'log() { printf "%s\\n" "$*"; }\n'
        'die() { log "FATAL: ${*:2}"; exit "$1"; }\n'
        f"{assignments({'OVERRIDE': Default(override.default)})}\n{override.check}\nexit 0\n"
    )
    script.write_text(plain(text))
    every = 'for value; do (OVERRIDE=$value; . "$0") </dev/null; echo "$?"; printf "\\0"; done'
    done = subprocess.run(
        [BASH, "--norc", "-c", every, str(script), *values], cwd=place, capture_output=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, check=True, timeout=300,
    )  # fmt: skip
    assert done.stderr == b""
    ends = [
        output.rstrip("\n").rpartition("\n") for output in done.stdout.decode().split("\0")[:-1]
    ]
    assert {status for *_, status in ends} <= {"0", "78"}
    return [(status == "0", message) for message, _, status in ends]


def test_there_are_enough() -> None:
    assert len(set(HOSTILE)) >= 100
    assert {kind for kind, _ in DECLARED} >= {"redis-benchmark", "vllm"}


@pytest.mark.parametrize("rule", RULES)
def test_bash_judges_as_the_schema_does(rule: str, tmp_path: Path) -> None:
    rules, values = RULES[rule], [*HOSTILE, *PLAIN]
    verdicts = judged(declared(rules), values, tmp_path)
    right = [fits(rules, value) for value in values]
    assert [
        v for v, (taken, _), fit in zip(values, verdicts, right, strict=True) if taken != fit
    ] == []
    assert {True, False} == set(right)
    for value, (taken, message) in zip(values, verdicts, strict=True):
        note = f"OVERRIDE={value} instead of no such value"
        assert message == note if taken else message.startswith("FATAL: OVERRIDE="), message
        assert taken or message.endswith(f" is not {bash_rule(rules).words}"), message
        assert taken or "\n" not in message
    assert [path.name for path in tmp_path.iterdir()] == ["check.sh"]


def test_what_is_as_the_recipe_says_is_not_worth_a_line(tmp_path: Path) -> None:
    override = declared(RULES["a small count"], default="50")
    assert judged(override, ["", "50", "51"], tmp_path) == [
        (True, ""), (True, ""), (True, "OVERRIDE=51 instead of 50"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "integer"}, {"type": "integer", "minimum": 1}, {"type": "integer", "maximum": 1},
        {"type": "integer", "minimum": 0, "maximum": 10**18}, {"type": "boolean"}, {},
        {"type": "integer", "minimum": 0, "maximum": 9, "multipleOf": 3}, {"const": "a"},
        {"type": ["integer", "string"]}, {"type": "number", "minimum": 0},
        {"type": "number", "minimum": -1, "maximum": 1}, {"type": "number", "maximum": 1},
        {"type": "number", "minimum": 0, "exclusiveMinimum": 0, "maximum": 1}, {"type": "string"},
        {"type": "string", "pattern": "^a+$", "maxLength": 3}, {"type": "string", "maxLength": 3},
        {"enum": ["a", 1]}, {"enum": ["a b"]}, {"enum": ["a|b"]}, {"enum": ["$(id)"]},
        {"enum": ["a"], "type": "string", "pattern": "^a$"}, {"type": "array"}, {"oneOf": []},
        *(
            {"type": "string", "pattern": pattern}
            for pattern in (
                "a", "^a", "a$", "^$", "^.$", "^[^a]$", r"^\d$", r"^[\]]$", "^(?:a)$", "^(?!a)b$",
                "^a b$", "^'$", '^"$', "^`$", "^$a$", "^a;b$", "^a&b$", "^a<b$", "^#$", "^a+?$",
                "^[[:alpha:]]$", "^é$", "^a\n$", r"^\w$", r"^\\$", "^~$",
            )
        ),
    ],
    ids=str,
)  # fmt: skip
def test_a_rule_that_bash_could_not_judge_by_is_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"bash|needs|may have|is to be"):
        bash_rule({**rules, "x-override": "OVERRIDE"})


RESERVED = re.compile(
    r"(SLURM|SBATCH|HPCGEN|APPTAINER|SINGULARITY|BARE|VLLM|BASH|LC|LD|SECRET)_?.*"
)
OTHERS = {
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "IFS",
    "PWD",
    "SECONDS",
    "RANDOM",
    "UID",
    "EUID",
    "TMPDIR",
}


@pytest.mark.parametrize("declared", DECLARED, ids=" ".join)
def test_a_variable_is_nobody_elses(declared: tuple[str, str]) -> None:
    """Neither bash's nor Slurm's, nor one that a script uses for anything else.

    The port of a service is called PORT by every script too.
    """
    variable = DECLARED[declared]["x-override"]
    assert re.fullmatch("[A-Z][A-Z0-9_]{2,39}", variable)
    assert not RESERVED.fullmatch(variable)
    assert variable not in OTHERS
    fields = [field for (kind, field), rules in DECLARED.items()
              if kind == declared[0] and rules["x-override"] == variable]  # fmt: skip
    assert fields == [declared[1]]
    rules = DECLARED[declared]
    assert isinstance(bash_rule(rules.get("x-override-rule", rules)), BashRule)
    if variable == "PORT":
        assert declared[1] == "port"
        return
    project = Path(__file__).parent.parent.parent
    for script in (*project.glob("templates/**/*.sh"), *project.glob("templates/**/*.j2")):
        # The one sets it for the jobs that it starts, the other says so.
        if script.name not in ("alloc.sh", "README.md.j2"):
            assert not re.search(rf"\b{variable}\b", script.read_text()), script
