"""Fields of a recipe that a variable can override when a job is submitted.

A kind's schema names the variable, as in `"x-override": "CLIENTS"`. The script reads it as
`CLIENTS=${CLIENTS:-50}`, and checks it by the schema's rule before anything uses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hpcgen import schema
from hpcgen.model.entry import Entry
from hpcgen.model.references import Reference
from hpcgen.schema.bash_rule import BashRule, bash_rule
from hpcgen.text import shapes
from hpcgen.text.shell import expansion, name, word
from hpcgen.text.values import Bash, Default, Value, Variable

_WIDTH = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """The `field` of an entry that `variable` may override; `default` is the recipe's value.

    The default is a variable where only the job knows it. `by_row` says that a row of an
    experiment sets it, and whoever submits does not. `argument` stands for the value in force,
    in a command or among other words.
    """

    variable: str
    field: str
    default: str | Variable
    rule: BashRule
    argument: Reference
    by_row: bool = False

    @property
    def check(self) -> Bash:
        """Bash that refuses a value which does not fit, and says which one is in force."""
        return self._rule if self.by_row else Bash(f"{self._rule}\n{self._notice}")

    @property
    def _rule(self) -> Bash:
        return Bash(
            f"{self.rule.condition(self.variable)} ||\n"
            f'  die 78 "{self.variable}=${{{self.variable}@Q}} is not {self.rule.words}"'
        )

    @property
    def _notice(self) -> Bash:
        """The line of the log that says that the recipe's value is not in force."""
        value, usual = f"${{{name(self.variable)}}}", self.default
        differs = f"[[ {value} == {word(usual)} ]] ||"
        shown = expansion(usual) if isinstance(usual, Variable) else shapes.part(usual)
        notice = f'log "{self.variable}={value} instead of {shown}"'
        fits = shapes.width(differs) + shapes.width(notice) < _WIDTH
        return Bash(f"{differs}{' ' if fits else chr(10) + '  '}{notice}")


def override(entry: Entry, field: str, default: str | int | Variable | None = None) -> Override:
    """The override of a field whose schema has an `x-override`.

    `default` applies if the recipe does not set the field. The schema's `x-override-rule`, or else
    the rule of the field itself, decides which values are allowed.
    """
    rules = schema.deref(entry.kind.schema["properties"][field])
    variable = rules["x-override"]
    return Override(
        variable=variable,
        field=field,
        default=_plain_text(entry.settings.get(field, default)),
        rule=bash_rule(rules.get("x-override-rule", rules)),
        argument=Reference("override", variable, entry.origin),
    )


def override_values(overrides: Iterable[Override]) -> dict[str, Value]:
    """The variables of `overrides`, each with the recipe's value as its default."""
    return {override.variable: Default(override.default) for override in overrides}


def _plain_text(value: object) -> str | Variable:
    """As the rule for numbers wants it: 1e-05 is 0.00001. A variable stays one."""
    if not isinstance(value, float):
        return value if isinstance(value, Variable) else str(value)
    from decimal import Decimal  # noqa: PLC0415 - 5 ms that only a fraction is worth

    return f"{Decimal(str(value)):f}"
