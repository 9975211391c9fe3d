"""Building blocks: what most schemas want sooner or later, written as a variant of a design, to be measured like any
other.

A block is one file: its docstring is its manual page, `build(design, wanted)` gives its migrations. It is loaded on
demand.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from lab.errors import LabError, did_you_mean

if TYPE_CHECKING:
    from lab.blocks.block import Block, Wanted
    from lab.model.design import Design

__all__ = ["BLOCKS", "build", "page", "write_block"]

BLOCKS = (
    "audit_trail",
    "full_text",
    "materialized_view",
    "retention",
    "row_security",
    "soft_delete",
    "timestamps",
)


class _Module(Protocol):
    def build(self, design: Design, wanted: Wanted) -> Block: ...


def build(name: str, design: Design, wanted: Wanted) -> Block:
    """Raises LabError for a block there is not, or that does not fit the design."""
    return _module(name).build(design, wanted)


def page(name: str) -> str:
    """A block's manual page."""
    return inspect.cleandoc(str(_module(name).__doc__))


def _module(name: str) -> _Module:
    if name not in BLOCKS:
        raise LabError(f"there is no block called {name}", did_you_mean(name, BLOCKS))
    return cast(_Module, import_module(f"lab.blocks.{name}"))


def write_block(block: Block, name: str, design: Path, workload: Path) -> list[Path]:
    """Writes the block as the variant `name` of the design in that folder; returns the files. Raises LabError when one
    is there already."""
    files = dict(_files(block, name, design, workload))
    for path in files:
        if path.exists():
            raise LabError(f"{path} is there already", "choose another --name, or remove it first")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(files)


def _files(block: Block, name: str, design: Path, workload: Path) -> Iterator[tuple[Path, str]]:
    for engine in block.steps:
        yield design / "variants" / f"{name}.{engine}.sql", block.script(engine)
    if block.queries:
        yield workload / f"{name}.sql", block.queries
