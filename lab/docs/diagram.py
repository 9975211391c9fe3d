"""The diagram with what moves it about: everything in the page, nothing fetched."""

from __future__ import annotations

from importlib.resources import files

from lab.docs.groups import Group
from lab.docs.mermaid import write_group
from lab.report.blocks import Block, Code, Details, Diagram, Paragraph, Section


def section(svg: str, groups: tuple[Group, ...]) -> Section:
    blocks: list[Block] = [
        Paragraph(
            "A crow's foot is many, a bar one, a circle one or none; `?` marks a column that may be NULL. Point at a "
            "table to see what it is tied to, click it to stay with it. Drag to move, turn the wheel or press + and - "
            "to zoom."
        ),
        Diagram(_interactive(svg), "The tables in groups, and what refers to what."),
    ]
    for group in groups:
        size = f"{len(group.tables)} tables" if len(group.tables) > 1 else "1 table"
        blocks.append(Details(f"{group.name}, in Mermaid", (Code(write_group(group).rstrip(), "mermaid"),), note=size))
    return Section("diagram", "Entities and relationships", tuple(blocks))


def _interactive(svg: str) -> str:
    resources = files("lab.docs")
    style = resources.joinpath("diagram.css").read_text(encoding="utf-8")
    script = resources.joinpath("diagram.js").read_text(encoding="utf-8")
    return (
        f"<style>{style}</style>"
        '<div class="erd-bar">'
        '<input type="search" list="erd-tables" placeholder="Find a table" aria-label="Find a table">'
        '<datalist id="erd-tables"></datalist><button type="button" data-zoom="in" aria-label="Zoom in">+</button>'
        '<button type="button" data-zoom="out" aria-label="Zoom out">−</button>'
        '<button type="button" data-zoom="all">All</button></div>'
        f'<div class="erd-frame" tabindex="0">{svg}</div><script>{script}</script>'
    )
