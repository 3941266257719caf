"""tiny: a balancer of a test's, which is installed beside hpcgen as a user's would be."""

from pathlib import Path

from hpcgen.kinds.balancing import BalancerOffer, Symptom, replicas_of
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.references import Reference

_PROGRAM = Path(__file__).with_name("balance.py").read_text(encoding="utf-8")


def offer(service: Service, behind: ServiceOffer) -> BalancerOffer:
    """One port for all replicas, of whatever they speak."""
    assert behind.scheme in ("http", "tcp")
    return BalancerOffer(
        title=f"connections in turn to {replicas_of(service).name}",
        usual_port=8000,
        proof="it takes a connection, and knows every replica",
        command=(
            *("python3", "/bundle/balance.py"),
            Reference("host", service.name, service.origin),
            *(Reference("port", name, service.origin) for name in ("port", "state")),
        ),
        files={"balance.py": _PROGRAM},
        values={"STATE_PORT": service.ports["state"]},
        schemes=frozenset({"http", "tcp"}),
        published=("TINY_STATE",),
        symptoms=(Symptom("connections go to the dead", "tiny knows no health", "another kind"),),
    )
