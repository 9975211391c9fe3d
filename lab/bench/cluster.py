"""Rows made and loaded by the workers of a Dask cluster that runs already; nothing is scheduled here.

To a server named by a DSN the workers write themselves; a chunk is loaded once however often its task is begun again
(decision 013). For a server only this machine can reach, workers make the rows and they are written from here.
Workers are sent the schema, the data spec and the server's address, never a file; the lab is installed there.
"""

from __future__ import annotations

import itertools
import logging
import pickle
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pyarrow as pa

from lab.bench.load import Filled, load_tables
from lab.bench.observer import Observer
from lab.datagen import Generator
from lab.engines import load_engine
from lab.engines.engine import Engine, LoadError, LoadsOnce, Server, StatementError, Text
from lab.errors import LabError
from lab.model.schema import Schema

_PATIENCE_SECONDS = 10
_MARKS = "lab_loaded"
_PACKAGES = ("schema-performance-lab", "faker", "numpy", "pyarrow")
"""What the rows depend on."""
_AHEAD = 2
"""Chunks a worker may have ready, or in the making, for each table that is written from here."""
_INSTALL = "run `pip install 'schema-performance-lab[cluster]'`"


@contextmanager
def join_cluster(address: str) -> Iterator[Cluster]:
    """The cluster whose scheduler listens at `tcp://host:port`. Raises LabError when it does not answer, has no
    workers, or they would not make the same rows."""
    if not re.match(r"(tcp|tls|wss?)://[^/:]", address):
        raise LabError(f"--scheduler takes an address, not {address!r}", "write --scheduler tcp://host:8786")
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=_PATIENCE_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise LabError(
            f"no Dask scheduler answers at {address}",
            "write the address `dask scheduler` prints when it starts: --scheduler tcp://host:8786",
        ) from error
    try:
        check_workers(client, address)
        _silence()
        yield Cluster(client)
    finally:
        client.close()


def _silence() -> None:
    """Dask writes the traceback of every connection that is lost; what that means for the load is raised, and told."""
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ModuleNotFoundError as error:
        raise LabError(f"--scheduler needs a Python package that is not installed: {error.name}", _INSTALL) from error


def check_workers(client: Any, address: str) -> None:
    if not client.scheduler_info(n_workers=-1)["workers"]:
        raise LabError(
            f"the scheduler at {address} has no workers", f"start some: dask worker {address}, on each machine"
        )
    for package in _PACKAGES:
        here = version(package)
        try:
            there = client.run(version, package)
        except ModuleNotFoundError as error:
            raise LabError(f"a worker of {address} lacks {package}", f"on each worker's machine, {_INSTALL}") from error
        for worker, found in there.items():
            if found != here:
                raise LabError(
                    f"worker {worker} has {package} {found}, and this machine {here}: the rows would differ",
                    f"on that machine, run `pip install {package}=={here}`",
                )


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker has to know to make rows: `recipe` is the pickled arguments of a Generator."""

    recipe: bytes
    server: Server | None = None
    database: str = ""


class Cluster:
    """Workers ready to make and load rows."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def load_rows(
        self, engine: Engine, server: Server, schema: Schema, generator: Generator, observer: Observer, name: str
    ) -> Filled:
        """See `lab.bench.load.load_rows`: the same rows, in the same order in each table."""
        observer.stage("rows", sum(generator.row_count(table) for table in generator.tables), "rows")
        recipe = pickle.dumps((generator.schema, generator.spec, generator.scale, generator.seed))
        database = engine.connect(server, name)
        try:
            if not (server.prefix and isinstance(database, LoadsOnce)):
                return self._load_from_here(engine, server, generator, observer, name, Order(recipe))
            self._check_reach(server)
            database.run([Text(f"CREATE TABLE {_MARKS} (mark varchar(200) PRIMARY KEY)")])
            filled = self._load_from_there(generator, observer, Order(recipe, server, name))
            database.run([Text(f"DROP TABLE {_MARKS}")])
            return filled
        finally:
            database.close()

    # The workers write

    def _check_reach(self, server: Server) -> None:
        for worker, refusal in self._client.run(reach, server).items():
            if refusal:
                raise LabError(
                    f"worker {worker} cannot reach the server: {refusal}",
                    "name it by an address all workers can reach, or leave --scheduler out",
                )

    def _load_from_there(self, generator: Generator, observer: Observer, order: Order) -> Filled:
        started, making = time.monotonic(), 0.0
        futures = self._submit(generator, order)
        rows = 0
        try:
            for future in _distributed().as_completed(futures, loop=self._client.loop):
                table, chunk = futures[future]
                making += self._result(future, table, chunk)
                written = generator.chunk_rows(table, chunk)
                rows += written
                observer.advance(written, table)
        finally:
            with suppress(Exception):  # the scheduler may be what went away; that was raised
                self._client.cancel(list(futures))
        elapsed = time.monotonic() - started
        share = min(making / max(self._threads() * elapsed, 1e-9), 1.0)
        return Filled(rows, share * elapsed, (1 - share) * elapsed)

    def _threads(self) -> int:
        return sum(self._client.nthreads().values())

    def _submit(self, generator: Generator, order: Order) -> dict[Any, tuple[str, int]]:
        """A task for each chunk. One table's follow one another, so that its rows lie as they would from here."""
        futures: dict[Any, tuple[str, int]] = {}
        for table in sorted(generator.tables, key=generator.row_count, reverse=True):
            before = None
            for chunk in range(generator.chunk_count(table)):
                key = _key(table, chunk)
                before = self._client.submit(write_chunk, order, table, chunk, before, key=key, pure=False)
                futures[before] = table, chunk
        return futures

    # The workers make, and it is written from here

    def _load_from_here(
        self, engine: Engine, server: Server, generator: Generator, observer: Observer, name: str, order: Order
    ) -> Filled:
        started = time.monotonic()
        waited = _Waited(observer)
        tables = {table: waited.told(self._made(generator, order, table), table) for table in generator.tables}
        rows = load_tables(engine, server, name, generator.schema, tables)
        return Filled(rows, waited.seconds, max(time.monotonic() - started - waited.seconds, 0.0))

    def _made(self, generator: Generator, order: Order, table: str) -> Iterator[pa.RecordBatch]:
        chunks = iter(range(generator.chunk_count(table)))
        ahead = _AHEAD * len(self._client.nthreads())
        futures: deque[tuple[int, Any]] = deque()

        def submit(chunk: int) -> None:
            task = self._client.submit(make_chunk, order, table, chunk, key=_key(table, chunk), pure=False)
            futures.append((chunk, task))

        for chunk in itertools.islice(chunks, ahead):
            submit(chunk)
        while futures:
            chunk, future = futures.popleft()
            batch = self._result(future, table, chunk)
            del future  # or the worker would keep the batch
            for following in itertools.islice(chunks, 1):
                submit(following)
            yield batch

    def _result(self, future: Any, table: str, chunk: int) -> Any:
        distributed = _distributed()
        try:
            return future.result()
        except distributed.KilledWorker as error:
            message = f"workers died one after the other at chunk {chunk} of {table}"
            raise LabError(message, "see their logs: is there memory enough?") from error
        except (distributed.client.FutureCancelledError, distributed.comm.CommClosedError) as error:
            message = f"the Dask scheduler went away at chunk {chunk} of {table}"
            raise LabError(message, "start it and run again") from error


class _Waited:
    """Adds up how long rows were waited for, over all tables."""

    def __init__(self, observer: Observer) -> None:
        self.seconds = 0.0
        self._observer = observer
        self._turn = threading.Lock()

    def told(self, batches: Iterator[pa.RecordBatch], table: str) -> Iterator[pa.RecordBatch]:
        while True:
            started = time.monotonic()
            batch = next(batches, None)
            with self._turn:
                self.seconds += time.monotonic() - started
            if batch is None:
                return
            yield batch
            with self._turn:
                self._observer.advance(batch.num_rows, table)


_numbers = itertools.count()


def _key(table: str, chunk: int) -> str:
    """What the task is called on the cluster's dashboard."""
    return f"lab-{table}-{chunk}-{time.time_ns():x}-{next(_numbers)}"


# What runs on a worker


@lru_cache(maxsize=2)
def _generator(recipe: bytes) -> Generator:
    return Generator(*pickle.loads(recipe))


def make_chunk(order: Order, table: str, chunk: int) -> pa.RecordBatch:
    return _generator(order.recipe).batch(table, chunk)


def write_chunk(order: Order, table: str, chunk: int, before: object) -> float:
    """Loads a chunk unless that was done already; returns the seconds its rows took to make."""
    assert order.server is not None
    making = 0.0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal making
        started = time.monotonic()
        batch = make_chunk(order, table, chunk)
        making = time.monotonic() - started
        yield batch

    schema = _generator(order.recipe).schema
    database = load_engine(order.server.engine).connect(order.server, order.database)
    try:
        assert isinstance(database, LoadsOnce)
        database.load_once(schema.table(table), batches(), f"{table}/{chunk}")
    except StatementError as error:
        raise LoadError(f"cannot load table {table}, chunk {chunk}: {error.message}", error.hint) from error
    finally:
        database.close()
    return making


def reach(server: Server) -> str:
    """Why the server cannot be reached from this worker; empty when it can."""
    try:
        load_engine(server.engine).server_version(server.address)
    except LabError as error:
        return error.message
    return ""
