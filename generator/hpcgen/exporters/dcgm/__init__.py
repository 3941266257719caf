"""dcgm: the NVIDIA GPUs of a node (NVIDIA's dcgm-exporter)."""

from __future__ import annotations

from hpcgen.model.scraping import Exporter
from hpcgen.text.values import Variable, joined

EXPORTER = Exporter(
    name="dcgm",
    title="the NVIDIA GPUs of its node",
    image="nvcr.io/nvidia/k8s/dcgm-exporter:4.2.3-4.1.3-ubuntu22.04",
    usual_port=9400,
    command=(
        "dcgm-exporter",
        joined("--address=", Variable("IP"), ":", Variable("1")),
        "--web-config-file=/run/exporter/web.yml",
    ),
    on_each_node=True,
    gpus=True,
)
