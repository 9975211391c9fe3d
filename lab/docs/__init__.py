"""A design's documents: diagram, dictionary, indexes, queries, retention, backup; as one page and as Markdown.

The same design gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab.docs import backup, diagram, dictionary, erd, indexes, mermaid, queries, retention
from lab.docs.groups import group_tables
from lab.engines import load_engine
from lab.model.design import Design
from lab.model.run import Run
from lab.report.as_html import Page, write_page
from lab.report.as_markdown import write_sections
from lab.writers import write

__all__ = ["document"]


def document(design: Design, engine: str, run: Run | None = None) -> Mapping[str, str]:
    """Files by name: `index.html`, `README.md`, `erd.svg`, `erd.mmd`, `schema.sql`. Raises LabError where a schema
    cannot be said on the engine, or there is no Graphviz."""
    schema, operations = design.schema, design.workload.operations
    groups = group_tables(schema)
    svg = erd.draw(schema, groups)
    title = load_engine(engine).title
    sections = [
        diagram.section(svg, groups),
        dictionary.section(schema, groups),
        indexes.section(schema, operations, engine),
        queries.section(schema, operations, engine, run),
        retention.section(schema, engine),
        backup.section(engine, title),
    ]
    facts = [
        ("tables", str(len(schema.tables))),
        ("columns", str(sum(len(table.columns) for table in schema.tables))),
        ("references", str(sum(1 for _ in schema.foreign_keys()))),
        ("operations", str(len(operations))),
        ("engine", title),
    ]
    page = Page(
        "Database documentation",
        design.name,
        " ".join(schema.comment.split()),
        facts,
        f"Made from {design.source}; this file holds all it shows and fetches nothing.",
    )
    return {
        "index.html": write_page(page, sections),
        "README.md": write_sections(f"{design.name}: database documentation", sections),
        "erd.svg": svg + "\n",
        "erd.mmd": mermaid.write(groups),
        "schema.sql": write(schema, "sql", engine).text,
    }
