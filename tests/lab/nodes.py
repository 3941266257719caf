"""What is seen on the nodes of a job, and what a job leaves on them."""

from __future__ import annotations

from tests.lab.bundles import Bundle, processes
from tests.lab.cluster import Lab


def others(bundle: Bundle, job: int) -> list[str]:
    """The nodes of the job but the first."""
    record = bundle.lab.job(job).record
    listed = record.split(" NodeList=")[1].split()[0]
    names = bundle.lab.run(["scontrol", "show", "hostnames", listed]).stdout.split()
    return names[1:]


def nothing_runs(lab: Lab) -> bool:
    """Whether no node has a process of a user's."""
    return not [line for node in lab.nodes for line in processes(lab, node)]


def nothing_is_left(lab: Lab) -> bool:
    """Whether there is no directory of a job either."""
    places = [lab.path("/tmp/x", node).parent for node in lab.nodes]
    return nothing_runs(lab) and not [
        directory for place in places for directory in place.glob("hpcgen.*")
    ]
