"""Passes connections on to the replicas that /scratch/backends lists, to each in turn."""

import asyncio
import sys
from itertools import count
from pathlib import Path

TURN = count()


def backends() -> list[tuple[str, str]]:
    lines = Path("/scratch/backends").read_text().split("\n")
    return [(host, port) for host, _, port in (line.partition(" ") for line in lines) if port]


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    replicas = backends()
    host, port = replicas[next(TURN) % len(replicas)]
    answers, requests = await asyncio.open_connection(host, port)
    await asyncio.gather(pump(reader, requests), pump(answers, writer))


async def listed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write("".join(f"{host}:{port} healthy\n" for host, port in backends()).encode())
    writer.close()


async def main(host: str, port: str, state_port: str) -> None:
    await asyncio.start_server(listed, host, state_port)
    server = await asyncio.start_server(passed_on, host, port)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
