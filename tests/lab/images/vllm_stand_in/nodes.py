"""Several nodes: as many processes as `--nnodes` meet at an address, and end with one another."""

from __future__ import annotations

import argparse
import contextlib
import socket
import threading
import time

PATIENCE = 120.0


def meet(options: argparse.Namespace, ended: threading.Event) -> threading.Event:
    """Return once every node is there, at once where there is one.

    `ended` is set when one of them has gone. What is returned is set where that was so before
    anybody asked this one to end.
    """
    lost = threading.Event()
    connections = [_join(options)] if options.node_rank else _wait_for(options)
    for connection in connections:
        watch = (connection, ended, lost)
        threading.Thread(target=_watch, args=watch, daemon=True).start()
    return lost


def _wait_for(options: argparse.Namespace) -> list[socket.socket]:
    if options.nnodes == 1:
        return []
    server = socket.create_server((options.master_addr, options.master_port))
    server.settimeout(PATIENCE)
    return [server.accept()[0] for _ in range(options.nnodes - 1)]


def _join(options: argparse.Namespace) -> socket.socket:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            return socket.create_connection((options.master_addr, options.master_port))
        time.sleep(0.2)
    raise TimeoutError(f"no head at {options.master_addr}:{options.master_port}")


def _watch(connection: socket.socket, ended: threading.Event, lost: threading.Event) -> None:
    with contextlib.suppress(OSError):
        connection.recv(1)
    if not ended.is_set():
        lost.set()
        ended.set()
