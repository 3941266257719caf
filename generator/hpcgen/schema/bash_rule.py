"""A schema's rule for one value, as bash 4.4 judges it under LC_ALL=C.

Bash arithmetic runs the command in `a[$(id)]` and reads 010 as eight. So each rule tests the text
first, and accepts a number only if it is spelled as in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hpcgen.schema import Schema, deref

_ANNOTATIONS = frozenset({"type", "title", "description", "default", "x-override"})
_WIDTH = 90
_DIGITS = 18
"""A number of at most so many digits fits in bash's 64 bits."""

_FRACTION = "^(0|[1-9][0-9]{0,8})([.][0-9]{1,9})?$"
_CHOICE = re.compile(r"[A-Za-z0-9._/:@%+-]+")
_PLAIN = re.compile(
    r"""(?: (?: [A-Za-z0-9_/:@%=,-]              # itself
              | \\ [.+*?()|-]                    # itself too
              | \[ [A-Za-z0-9_./:@%=,+-]+ \]     # one of these
              | \( (?! \? ) | \) | \|
            ) (?: [*+?] | \{ [0-9]{1,3} (?: , [0-9]{0,3} )? \} )?
        )+""",
    re.VERBOSE,
)
"""Patterns that have the same meaning in bash, unquoted, as in every other regex engine."""


@dataclass(frozen=True, slots=True)
class BashRule:
    """`tests` all succeed if VALUE fits; each relies on those before it. `words` describe it."""

    tests: tuple[str, ...]
    words: str

    def condition(self, variable: str) -> str:
        """Bash that succeeds if the variable's value fits."""
        tests = [test.replace("VALUE", f"${{{variable}}}") for test in self.tests]
        line = f"[[ {' && '.join(tests)} ]]"
        return line if len(line) <= _WIDTH else line.replace(" && ", " &&\n  ", len(tests) - 1)


def bash_rule(rules: Schema) -> BashRule:
    """The rule of a property. Raises ValueError if bash cannot check every keyword of it."""
    rules = deref(rules)
    keywords, build = _BUILDERS.get(_sort(rules), ((), None))
    if build is None:
        raise ValueError(f"bash cannot judge the type {rules.get('type')}")
    if more := rules.keys() - keywords - _ANNOTATIONS:
        raise ValueError(f"bash cannot judge by {', '.join(sorted(more))}")
    return build(rules)


def _sort(rules: Schema) -> str:
    return "enum" if "enum" in rules else str(rules.get("type"))


def _integer(rules: Schema) -> BashRule:
    if "minimum" not in rules or "maximum" not in rules:
        raise ValueError("a whole number needs a minimum and a maximum")
    least, most = int(rules["minimum"]), int(rules["maximum"])
    digits = max(len(str(abs(bound))) for bound in (least, most))
    if digits > _DIGITS:
        raise ValueError(f"a whole number may have {_DIGITS} digits")
    more = f"[0-9]{{0,{digits - 1}}}" if digits > 1 else ""
    shape = f"{'-?' if least < 0 else ''}[1-9]{more}"
    tests = (
        f"VALUE =~ ^{shape if least > 0 else f'(0|{shape})'}$",
        *((f"VALUE -ge {least}",) if least not in (0, 1) else ()),
        f"VALUE -le {most}",
    )
    return BashRule(tests, f"a whole number from {least} to {most}")


def _number(rules: Schema) -> BashRule:
    """Bash knows no fractions, so awk compares them."""
    least: float = rules["minimum"] if "minimum" in rules else rules.get("exclusiveMinimum", -1)
    if least < 0 or "maximum" not in rules or rules.keys() >= {"minimum", "exclusiveMinimum"}:
        raise ValueError("a number needs one minimum, which is not negative, and a maximum")
    most, closed = rules["maximum"], "minimum" in rules
    compared = f"x {'>=' if closed else '>'} {least} && x <= {most}"
    test = f"""$(awk -v x="VALUE" 'BEGIN {{ print ({compared}) }}') == 1"""
    words = f"from {least} to {most}" if closed else f"above {least} and at most {most}"
    return BashRule((f"VALUE =~ {_FRACTION}", test), f"a number {words}")


def _enum(rules: Schema) -> BashRule:
    choices = rules["enum"]
    if not all(isinstance(choice, str) and _CHOICE.fullmatch(choice) for choice in choices):
        raise ValueError("each choice is to be a plain word")
    return BashRule((f"VALUE == @({'|'.join(choices)})",), f"one of {', '.join(choices)}")


def _string(rules: Schema) -> BashRule:
    pattern = rules.get("pattern", "")
    if not (pattern[:1] == "^" and pattern[-1:] == "$" and _PLAIN.fullmatch(pattern[1:-1])):
        raise ValueError("a text needs a pattern that bash reads as everybody does")
    plain = re.sub(r"\\(.)", r"[\1]", pattern)
    words = rules.get("title", f"of the form {plain[1:-1]}")
    return BashRule((f"VALUE =~ {plain}",), words)


_BUILDERS: Mapping[str, tuple[frozenset[str], Callable[[Schema], BashRule]]] = {
    "integer": (frozenset({"minimum", "maximum"}), _integer),
    "number": (frozenset({"minimum", "exclusiveMinimum", "maximum"}), _number),
    "enum": (frozenset({"enum"}), _enum),
    "string": (frozenset({"pattern"}), _string),
}
