"""What several verbs print or write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lab.cli.app import err
from lab.errors import LabError

if TYPE_CHECKING:
    from lab.model.schema import Loss
    from lab.progress import Bars, Lines


def observing() -> Bars | Lines:
    from lab.progress import Bars, Lines

    return Bars(err) if err.is_terminal else Lines(err)


def print_json(value: object) -> None:
    from pydantic_core import to_json

    typer.echo(to_json(value, indent=1).decode())


def print_losses(losses: Sequence[Loss], most: int = 20) -> None:
    """What of a source could not be kept: read on, but not silently."""
    for loss in losses[:most]:
        where = f"{loss.position}: " if loss.position else ""
        err.print(f"{where}{loss.what}: {loss.consequence}", markup=False, soft_wrap=True)
    if len(losses) > most:
        err.print(f"and {len(losses) - most} more", markup=False)


def write_file(file: Path, text: str, option: str) -> None:
    try:
        file.write_text(text)
    except OSError as error:
        raise LabError(f"cannot write {file}: {error.strerror}", f"name another file with {option}") from error
