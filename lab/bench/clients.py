"""Client processes: started once for an engine, given plans, listened to while they carry them out.

Each is a fresh interpreter, which inherits neither connections nor threads, in a session of its own: a Ctrl-C at the
terminal is for the lab, which then stops them and keeps what they had measured.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.bench.schedule import FIELDS, Plan
from lab.engines.engine import Engine, Server
from lab.errors import LabError

_PROGRAM = "from lab.bench.client import main; main({})"
_LEAD_SECONDS = 0.05
"""Between the word to begin and the beginning, for the word to reach everybody."""
_FAREWELL_SECONDS = 3.0

Block = NDArray[np.int64]
OnRequests = Callable[[int, Block, list[tuple[int, str]]], None]
"""Gets a client's number, new requests of shape (n, FIELDS), and errors by operation."""


@dataclass(frozen=True, slots=True)
class Client:
    process: subprocess.Popen[bytes]
    pipe: Connection[Any, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """How one client fared: processor seconds it took, whether its plan was too short, and how many transactions were
    begun anew."""

    busy_seconds: float
    is_used_up: bool
    retries: int


@contextmanager
def started(engine: Engine, server: Server, count: int) -> Iterator[tuple[Client, ...]]:
    """So many clients; they end with the block, whatever they are doing."""
    clients: list[Client] = []
    try:
        clients.extend(_start(engine, server) for _ in range(count))
        yield tuple(clients)
    finally:
        for client in clients:
            client.pipe.close()
        for client in clients:
            _end(client.process)


def _start(engine: Engine, server: Server) -> Client:
    ours, theirs = Pipe()
    with theirs:
        command = [sys.executable, "-c", _PROGRAM.format(theirs.fileno())]
        process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
        )
    ours.send((engine.name, server))
    return Client(process, ours)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=_FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def carry_out(
    clients: Sequence[Client], plans: Sequence[Plan], on_begin: Callable[[int], None], on_requests: OnRequests
) -> list[Done]:
    """Has each client carry out its plan, all from the same moment, which `on_begin` gets (ns of `perf_counter`).

    Raises what stopped a client, such as ServerLost. Whatever ends it, an interrupt too, the requests measured so far
    have been handed on.
    """
    for client, plan in zip(clients, plans, strict=True):
        client.pipe.send(plan)
    for client in clients:
        _receive(client)
    begin_ns = time.perf_counter_ns() + round(_LEAD_SECONDS * 1e9)
    on_begin(begin_ns)
    for client in clients:
        client.pipe.send(begin_ns)
    listener = _Listener(clients, on_requests)
    try:
        listener.listen()
    except BaseException:
        listener.stop()
        raise
    return [listener.done[number] for number in range(len(clients))]


def _receive(client: Client) -> Any:
    """A client's next word. Raises what it reports to have stopped it, or that it is gone."""
    try:
        word = client.pipe.recv()
    except (EOFError, ConnectionResetError) as error:
        raise LabError(
            f"a client process ended by itself, with status {client.process.wait()}",
            "run it again with fewer --clients",
        ) from error
    if isinstance(word, Exception):
        raise word
    return word


class _Listener:
    """Gathers what clients report until each has said that it is done."""

    def __init__(self, clients: Sequence[Client], on_requests: OnRequests) -> None:
        self._clients = clients
        self._on_requests = on_requests
        self._numbers = {client.pipe: number for number, client in enumerate(clients)}
        self._ended: set[int] = set()
        self.done: dict[int, Done] = {}

    def listen(self, deadline: float = float("inf")) -> None:
        while len(self._ended) < len(self._clients) and time.monotonic() < deadline:
            open_ = [pipe for pipe, number in self._numbers.items() if number not in self._ended]
            for pipe in wait(open_, timeout=min(1.0, max(deadline - time.monotonic(), 0.0))):
                assert isinstance(pipe, Connection)
                self._hear(self._numbers[pipe])

    def _hear(self, number: int) -> None:
        try:
            word = _receive(self._clients[number])
        except Exception:
            self._ended.add(number)
            raise
        match word:
            case ("requests", news, errors):
                self._on_requests(number, np.frombuffer(news, dtype=np.int64).reshape(-1, FIELDS), errors)
            case ("done", busy_seconds, is_used_up, retries):
                self._ended.add(number)
                self.done[number] = Done(busy_seconds, is_used_up, retries)

    def stop(self) -> None:
        """Tells the clients to, and takes what they still have to report; what else ails them no longer matters."""
        for client in self._clients:
            with suppress(OSError):
                client.pipe.send("stop")
        deadline = time.monotonic() + _FAREWELL_SECONDS
        while len(self._ended) < len(self._clients) and time.monotonic() < deadline:
            with suppress(LabError):
                self.listen(deadline)
