"""phases: the ceiling of one replica, and then that of the fleet, each by a run of the client."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.patterns import WrittenRow
from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import fields_of
from hpcgen.yaml.problems import Problems

_THROUGH = {"single": "worker", "multi": "balancer"}


def rows(node: Node, short: tuple[str, ...], problems: Problems) -> Iterator[WrittenRow]:
    """A row for each phase, in the order of _THROUGH. HG503 if they set different fields."""
    phases = fields_of(node)
    phase_fields = {phase: fields_of(phases[phase][1]) for phase in _THROUGH}
    if differing := sorted(phase_fields["single"].keys() ^ phase_fields["multi"].keys()):
        lacking = next(phase for phase in _THROUGH if differing[0] not in phase_fields[phase])
        message = f"`{lacking}` lacks `{differing[0]}`, unlike the other phase"
        problems.add("HG503", message, phases[lacking][0], "both phases set the same fields")
        return
    for phase, through in _THROUGH.items():
        mark = phases[phase][0]
        fields = {field: phase_fields[phase][field] for field in phase_fields["single"]}
        yield WrittenRow({"through": (mark, Node(through, mark)), **fields}, mark)
