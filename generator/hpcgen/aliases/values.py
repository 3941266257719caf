"""Values that older recipes write in another form. A value of neither form stays as it is."""

from __future__ import annotations

import re
from dataclasses import replace

from hpcgen.secrets.visible import quoted
from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import fields_of
from hpcgen.yaml.problems import Problems

_BYTES = re.compile(r"[1-9][0-9]{0,8}[KMGT]B")


def minutes(node: Node) -> Node:
    """A whole number of minutes as Slurm's HH:MM:SS."""
    if type(node.data) is not int or node.data < 1:
        return node
    return Node("{:02}:{:02}:00".format(*divmod(node.data, 60)), node.mark)


def memory(node: Node) -> Node:
    """`4GB` as `4G`, as sbatch reads it."""
    if isinstance(node.data, str) and _BYTES.fullmatch(node.data):
        return replace(node, data=node.data[:-1])
    return node


def target(node: Node, problems: Problems) -> Node:
    """`{name: SERVICE}` as `SERVICE`; anything else that it says there is HG212."""
    if isinstance(node.data, dict):
        fields = fields_of(node)
        for word in (word for word in fields if word != "name"):
            hint = "delete it: a client learns where its target is when the job runs"
            message = f"{quoted(word)} of a target is not for a recipe to say"
            problems.add("HG212", message, fields[word][0], hint)
        node = fields["name"][1] if "name" in fields else node
    if isinstance(node.data, str):
        return replace(node, data=node.data.replace("_", "-"))
    return node
