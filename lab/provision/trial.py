"""Starts a server just installed, once, and asks its version: what does not start is not installed."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.engines import load_engine
from lab.errors import LabError
from lab.provision import postgres
from lab.provision.leases import leased_folder
from lab.provision.process import await_ready, launch, run_once, stop
from lab.provision.spec import Spec
from lab.provision.wire import ask_version

Command = Callable[[Path, Path, int], Sequence[str | Path]]
"""A server's command line, given its folder, a folder for its data, and its port."""


def try_out(engine: str, folder: Path) -> str:
    """The version a server answers with. Raises LabError when it does not start."""
    if engine == "postgres":
        return _try_postgres(folder)
    with leased_folder(engine) as lease:
        data = lease / "data"
        data.mkdir()
        if engine == "mysql":
            _initialise_mysql(folder, data)
        process, port = launch(lambda port: _COMMANDS[engine](folder, data, port), lease, engine)
        try:
            answers: list[str] = []
            await_ready(
                lambda: answers.append(ask_version(engine, port)),
                ConnectionError,
                engine,
                lambda: process.poll() is None,
            )
            return answers[0]
        finally:
            stop(process, signal.SIGKILL)


def _try_postgres(folder: Path) -> str:
    binaries = postgres.inspect(folder / "bin", "")
    if binaries is None:
        raise LabError(f"there is no PostgreSQL that starts in {folder}")
    with postgres.serve(binaries, Spec("postgres")) as server:
        return load_engine("postgres").server_version(server.address)


def _mysql_options(folder: Path, data: Path) -> list[str | Path]:
    usr = folder / "usr"
    return [
        "--no-defaults",
        "--user=root",
        f"--basedir={usr}",
        f"--lc-messages-dir={usr}/share/mysql",
        f"--plugin-dir={usr}/lib/mysql/plugin",
        f"--datadir={data}",
        "--bind-address=127.0.0.1",
    ]


def _initialise_mysql(folder: Path, data: Path) -> None:
    options = [*_mysql_options(folder, data), "--secure-file-priv=", "--initialize-insecure"]
    answer = run_once([folder / "bin/mysqld", *options])
    if answer.returncode:
        lines = answer.stderr.strip().splitlines() or ["it gave no reason"]
        raise LabError(f"MySQL does not set up its data: {lines[-1]}")


def _mysql(folder: Path, data: Path, port: int) -> list[str | Path]:
    sockets = [f"--port={port}", f"--socket={data}.sock", f"--pid-file={data}.pid", "--mysqlx=OFF"]
    return [folder / "bin/mysqld", *_mysql_options(folder, data), *sockets, "--secure-file-priv="]


def _mariadb(folder: Path, data: Path, port: int) -> list[str | Path]:
    """On empty data, hence without its table of users."""
    sockets = [f"--port={port}", f"--socket={data}.sock", f"--pid-file={data}.pid", "--skip-grant-tables"]
    return [folder / "bin/mariadbd", *_mysql_options(folder, data), *sockets]


def _redis(folder: Path, data: Path, port: int) -> list[str | Path]:
    program = next(folder.glob("bin/*-server"))
    return [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", data, "--save", ""]


def _mongodb(folder: Path, data: Path, port: int) -> list[str | Path]:
    return [folder / "bin/mongod", "--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", data, "--nounixsocket"]


_COMMANDS: Mapping[str, Command] = {
    "mysql": _mysql,
    "mariadb": _mariadb,
    "redis": _redis,
    "valkey": _redis,
    "mongodb": _mongodb,
}
KNOWN = ("postgres", *_COMMANDS)
"""What can be tried."""
