"""chroma: a Chroma server, its collections kept in the deployment."""

from __future__ import annotations

from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.overrides import override
from hpcgen.model.entry import Service
from hpcgen.model.runtime_path import RuntimePath

CONNECTION = ConnectionScript(
    exports=("CHROMA_HOST", "CHROMA_PORT", "CHROMA_SSL"),
    reads=("host", "port"),
)


def offer(service: Service) -> ServiceOffer:
    """The HTTP API on one port, without any credential: Chroma 1.0 and later know none.

    `chroma run` is the server in Rust. The one in Python runs code that whoever reaches its port
    names (CVE-2026-45829). It sends telemetry nowhere unless its configuration says where to.
    """
    settings = service.settings
    kept = settings.get("persist_directory")
    return ServiceOffer(
        title="a Chroma server",
        usual_port=8000,
        proof="it answers the heartbeat of its API, and its database is in the data directory",
        danger="Chroma asks for none: they can read, change and delete every collection",
        command=("chroma", "run", "/run/hpcgen/chroma.yaml"),
        config="/run/hpcgen",
        directories=frozenset({"data"}),
        keeps_data=True,
        data=RuntimePath(kept) if kept else None,
        scheme="http",
        variables=CONNECTION.exports,
        overrides=(override(service, "port", service.port or ""),),
        values={"CHROMA_YAML": (f"allow_reset: {str(settings['allow_reset']).lower()}",)},
    )
