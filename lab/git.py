"""What a design looked like at another revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError


@contextmanager
def checked_out(folder: Path, revision: str) -> Iterator[Path]:
    """The design's folder as `revision` has it, in a temporary copy of its repository.

    Raises LabError when it lies in no repository, or the revision or the folder is not there.
    """
    top = Path(_git(folder, revision, "rev-parse", "--show-toplevel").decode().strip())
    archive = _git(top, revision, "archive", "--format=tar", revision)
    with tempfile.TemporaryDirectory(prefix="lab-revision-") as home:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(home, filter="data")
        design = Path(home) / folder.resolve().relative_to(top)
        if not design.is_dir():
            raise LabError(f"{folder} is not in {revision}", "name a later revision with --against")
        yield design


def _git(folder: Path, revision: str, *arguments: str) -> bytes:
    try:
        answer = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise LabError("git is not installed", "name a folder or a run with --against") from error
    if answer.returncode:
        said = (answer.stderr.decode(errors="replace").strip().splitlines() or ["git gave no reason"])[0]
        raise LabError(
            f"{revision} is no folder, no run and no revision: {said}",
            "name a folder, results/<run>, or a revision such as origin/main",
        )
    return answer.stdout
