"""Files that people write, read with a sentence for what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from lab.errors import LabError


def read_text(path: Path) -> str:
    """A file's text, without the mark some editors begin it with. Raises LabError for one that is not UTF-8, or that
    cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabError(f"{path} is not UTF-8 text: byte {error.start}", "save it as UTF-8") from error
    except OSError as error:
        raise LabError(f"cannot read {path}: {error.strerror}", "check the file's permissions") from error
