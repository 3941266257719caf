"""Faults around a Redis of the lab: ports that others hold, and programs in its place."""

from __future__ import annotations

from tests.lab.bundles import detach, listens
from tests.lab.cluster import Lab

NODE = "node01"
ON_NODE = f"--nodelist={NODE}"
PORTS = ("6379", "6380", "6381", "6382", "6383")
IMPOSTOR = """
import socket, sys
from threading import Thread
def serve(port):
    listener = socket.create_server(("", port))
    while True:
        peer, _ = listener.accept()
        peer.sendall(b"+OK\\r\\n+PONG\\r\\n")
        peers.append(peer)
peers = []
for port in sys.argv[1:]:
    Thread(target=serve, args=[int(port)]).start()
"""

BINDS = """
import os, socket, sys, time
for port in sys.argv[1:]:
    bound = socket.socket()
    while True:
        try:
            bound.bind(("", int(port)))
            break
        except OSError:  # the connections of an earlier server keep its port for a minute
            time.sleep(1)
    os.set_inheritable(bound.detach(), True)
os.execlp("sleep", "sleep", "3600")
"""

WAIT_FOR_GO = "touch /data/waiting; until [[ -e /data/go ]]; do sleep 0.1; done"
SERVER = "exec -a redis-server /usr/bin/redis-check-rdb"  # what redis-server is a link to


def squat(lab: Lab, user: str, *ports: str) -> None:
    """Let `user` listen on ports of the node, outside any job, and answer as Redis would."""
    detach(lab, ["python3", "-c", IMPOSTOR, *ports], user=user, node=NODE)
    lab.wait(lambda: all(listens(lab, NODE, int(port)) for port in ports))


def bind(lab: Lab, node: str, ports: set[str]) -> None:
    """Have bob bind ports of a node, and not listen: the node's tables show nothing."""
    detach(lab, ["python3", "-c", BINDS, *sorted(ports)], user="bob", node=node)
    look = ["pgrep", "-u", "bob", "-x", "sleep"]
    lab.wait(lambda: lab.run(look, node=node, check=False).stdout)
