"""One connection to Redis, driven below redis-py's commands: it connects and authenticates, hiredis reads replies.

A pipeline is packed beforehand and sent with one system call, so that no encoding stands in the timed path.
"""

from __future__ import annotations

import re
import socket
from typing import Any

import hiredis
import redis
from redis.exceptions import RedisError

from lab.engines.engine import DiskFull, ServerLost, StatementError, StatementTimeout
from lab.engines.redis.commands import pack
from lab.errors import LabError
from lab.model.schema import Position

_RECEIVED_BYTES = 65536


Client = Any
"""A redis.Redis, whose annotations differ from version to version."""


def open_client(address: str) -> Client:
    """Raises LabError when the server does not answer, or refuses the credentials."""
    where = re.sub(r"^[^/]*//(?:[^/@]*@)?|[/?].*$", "", address)
    hint = "check host, port and password: redis://:password@host:6379"
    try:
        client = redis.Redis.from_url(address, protocol=2, decode_responses=True)
        client.ping()
    except (RedisError, ValueError) as error:
        raise LabError(f"cannot connect to Redis at {where}: {error}", hint) from error
    return client


class Connection:
    """A client, and one connection of its own to one of the server's numbered databases."""

    def __init__(self, address: str, number: int) -> None:
        self.client = open_client(address)
        # One that speaks the oldest protocol, in which a reply is the same on every version.
        pool = redis.Redis.from_url(address, protocol=2).connection_pool
        self._links: list[Any] = [pool.get_connection(), pool.get_connection()]
        self._socket: socket.socket = self._links[0]._sock
        self._rescue: socket.socket = self._links[1]._sock
        self._reader = hiredis.Reader()
        self.set_timeout(None)
        self.call("SELECT", str(number))

    def exchange(self, packed: bytes, count: int) -> list[Any]:
        """Sends commands and returns their replies, errors among them. Raises StatementTimeout or ServerLost."""
        replies: list[Any] = []
        try:
            self._socket.sendall(packed)
            self._receive(replies, count)
        except TimeoutError as error:
            self._stop_script(replies, count)
            raise StatementTimeout("a command ran longer than allowed and was stopped") from error
        except OSError as error:
            raise ServerLost(f"the Redis server went away: {error.strerror or error}") from error
        return replies

    def _receive(self, replies: list[Any], count: int) -> None:
        reader = self._reader
        while len(replies) < count:
            reply = reader.gets()
            if reply is False:
                received = self._socket.recv(_RECEIVED_BYTES)
                if not received:
                    raise ServerLost("the Redis server went away: it closed the connection")
                reader.feed(received)
            else:
                replies.append(reply)

    def _stop_script(self, replies: list[Any], count: int) -> None:
        """Ends the script that runs, by another connection, and takes the replies still to come. Redis stops no
        other command, and no script that has written: these are waited for."""
        self._rescue.sendall(pack([("SCRIPT", "KILL")]))
        self._rescue.recv(_RECEIVED_BYTES)
        self._socket.settimeout(None)
        try:
            self._receive(replies, count)
        finally:
            self._socket.settimeout(self._timeout)

    def call(self, *command: str) -> Any:
        """One command's reply. Raises StatementError for an error."""
        (reply,) = self.exchange(pack([command]), 1)
        check_reply(reply)
        return reply

    def set_timeout(self, seconds: float | None) -> None:
        self._timeout = seconds
        self._socket.settimeout(seconds)

    def close(self) -> None:
        for link in self._links:
            link.disconnect()
        self.client.close()


class OutOfMemory(StatementError):
    """A write was refused because the server has reached its memory limit."""


def check_reply(reply: Any, position: Position | None = None) -> None:
    """Raises the lab's error for an error Redis replied."""
    if not isinstance(reply, hiredis.ReplyError):
        return
    message = str(reply)
    where = f"{position}: " if position else ""
    if "No space left" in message:
        raise DiskFull("the disk Redis writes to is full", "free some space, or lower --scale")
    if message.startswith("OOM"):
        raise OutOfMemory(f"{where}Redis says: {message}", "raise its maxmemory, or lower --scale")
    raise StatementError(f"{where}Redis says: {message}")
