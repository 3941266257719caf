"""node: the load, memory, disks and network of a node (Prometheus's node_exporter).

Of the node's disks it sees that of the jobs' temporary files, as /node/tmp.
"""

from __future__ import annotations

from hpcgen.model.scraping import Exporter
from hpcgen.text.values import Variable, joined

COMMAND = (
    "node_exporter",
    joined("--web.listen-address=", Variable("IP"), ":", Variable("1")),
    "--web.config.file=/run/exporter/web.yml",
    "--log.level=warn",
)
"""The command line without any choice of collectors."""

EXPORTER = Exporter(
    name="node",
    title="the load, memory, disks and network of its node",
    image="prom/node-exporter:v1.9.1",
    usual_port=9100,
    command=(
        *COMMAND,
        "--no-collector.systemd",
        "--collector.filesystem.mount-points-exclude=^/$|^/[^n]",
    ),
    binds=(joined(Variable("TMPDIR", "/tmp"), ":/node/tmp:ro"),),  # noqa: S108 - as mktemp(1)
    on_each_node=True,
)
