"""Asks a server for its version in its own protocol, without its Python driver.

Used where no driver may be there yet: to see that a server just installed, or one in a container, answers.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Mapping

_SECONDS = 5.0


def ask_version(engine: str, port: int, password: str = "") -> str:
    """Of the server at a port of 127.0.0.1. Raises ConnectionError when what answers is not that."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
            answer = _ASK[engine](connection, password)
    except OSError as error:
        raise ConnectionError(str(error)) from error
    match = re.search(r"\d+(\.\d+)+", answer)
    if not match:
        raise ConnectionError(f"the server at port {port} answers {answer[:80]!r}")
    return match[0]


def _ask_mysql(connection: socket.socket, password: str) -> str:
    """A server speaks first: protocol version, then its own, ended by a zero byte. MariaDB 10 leads with 5.5.5-."""
    (size,) = struct.unpack("<I", _receive(connection, 3) + b"\0")
    _receive(connection, 1)
    greeting = _receive(connection, size)
    return greeting[1:].partition(b"\0")[0].decode(errors="replace").removeprefix("5.5.5-")


def _ask_redis(connection: socket.socket, password: str) -> str:
    if password:
        connection.sendall(f"AUTH {password}\r\n".encode())
        granted = _receive_line(connection)
        if granted != b"+OK":
            return granted.decode(errors="replace")
    connection.sendall(b"INFO server\r\n")
    head = _receive_line(connection)
    if not head.startswith(b"$"):
        return head.decode(errors="replace")
    facts = _receive(connection, int(head[1:])).decode(errors="replace")
    # Valkey also names the Redis it is compatible with.
    found = re.search(r"^valkey_version:(.+)$", facts, re.MULTILINE) or re.search(r"redis_version:(.+)", facts)
    return found[1] if found else facts


def _ask_mongodb(connection: socket.socket, password: str) -> str:
    """OP_MSG with the command buildInfo, which needs no authentication."""
    command = b"\x10buildInfo\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    document = struct.pack("<i", len(command) + 5) + command + b"\0"
    body = struct.pack("<I", 0) + b"\0" + document
    connection.sendall(struct.pack("<iiii", len(body) + 16, 1, 0, 2013) + body)
    (size,) = struct.unpack("<i", _receive(connection, 4))
    reply = _receive(connection, size - 4)
    return reply.partition(b"\x02version\0")[2][4:].partition(b"\0")[0].decode(errors="replace")


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("the server closed the connection")
        received += part
    return received


def _receive_line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\r\n"):
        line += _receive(connection, 1)
    return line[:-2]


_ASK: Mapping[str, Callable[[socket.socket, str], str]] = {
    "mysql": _ask_mysql,
    "mariadb": _ask_mysql,
    "redis": _ask_redis,
    "valkey": _ask_redis,
    "mongodb": _ask_mongodb,
}
