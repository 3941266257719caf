"""A word with Redis over its own protocol, from the host, which reaches the lab's nodes."""

from __future__ import annotations

import socket
from types import TracebackType

TIMEOUT = 60


class Redis:
    """One connection. `ask` sends a command and returns the reply's text.

    A status and a bulk string come as their text, an error as Redis spells it (`NOPERM ...`), an
    integer as digits, nothing as "", an array as its elements, one on a line. Raises OSError
    where there is no connection, or no more, or no reply within a minute.
    """

    def __init__(self, host: str, port: str | int, password: str = "", user: str = "") -> None:
        self._socket = socket.create_connection((host, int(port)), timeout=TIMEOUT)
        self._replies = self._socket.makefile("rb")
        if password:
            reply = self.ask("AUTH", *([user] if user else []), password)
            if reply != "OK":
                self.close()
                raise PermissionError(reply)

    def __enter__(self) -> Redis:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._replies.close()
        self._socket.close()

    def ask(self, *words: str) -> str:
        """Send one command and wait for what Redis says."""
        parts = [word.encode() for word in words]
        bulks = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self._socket.sendall(b"*%d\r\n%s" % (len(parts), bulks))
        return self._reply()

    def _reply(self) -> str:
        line = self._replies.readline().decode()
        if not line.endswith("\r\n"):
            raise ConnectionError("Redis hung up")
        sign, text = line[0], line[1:-2]
        if sign == "$":
            return self._bulk(int(text))
        if sign == "*":
            return "\n".join(self._reply() for _ in range(int(text)))
        return text

    def _bulk(self, size: int) -> str:
        if size < 0:
            return ""
        text = self._replies.read(size + 2)
        if len(text) != size + 2:
            raise ConnectionError("Redis hung up")
        return text[:-2].decode()
