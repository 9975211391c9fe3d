"""What it costs that documents go by themselves when they have expired."""

from __future__ import annotations

import pyarrow as pa

from lab.model.expiry import Removal
from lab.model.run import Run
from lab.report import units
from lab.report.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Table
from lab.report.cells import ratio_cell
from lab.report.labels import engine_labels

TITLE = "What expires"
_HOW = (
    "The index is among the operations' own numbers above, where nothing was removed. Here the server removed expired "
    "documents in one phase of each pair, while the operations on their collection went on, one behind the other, with "
    "the same parameters in both. An operation that asks for what is gone has less to do. In the long run as many "
    "documents a second are removed as come in."
)


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in run.engines:
        if engine.removals:
            sentences = Bullets(tuple(map(sentence, engine.removals)))
            found += [Heading(labels[engine.server.spec], 3), sentences, Paragraph(_HOW, "quiet")]
            found += map(_table, engine.removals)
    return found


def sentence(removal: Removal) -> str:
    """What removing costs, and whom."""
    rate = f"{units.count(round(removal.removed_rate))} a second"
    slower = [f"`{name}` ({units.ratio_interval(r)})" for name, r in removal.ratios.items() if r.low > 1]
    told = f"slows {' and '.join(slower)}" if slower else "is not shown to slow any operation on it"
    spent = removal.processor_seconds
    price = ""
    if spent is not None and spent.low > 0:
        price = f" A document costs the server {units.seconds(spent.estimate)} of a processor "
        price += f"({units.seconds_interval(spent)})."
    elif spent is not None:
        price = f" What a document costs the server's processor is below {units.seconds(max(spent.high, 0.0))}."
    return f"Removing `{removal.collection}` by `{removal.column}`, {rate}, {told}.{price}"


def _table(removal: Removal) -> Table:
    rows = tuple((Cell(name), ratio_cell(ratio)) for name, ratio in removal.ratios.items())
    caption = (
        f"{removal.collection} of {removal.variant}: {units.count(removal.documents)} documents removed, beside "
        f"{units.count(round(removal.requests_rate))} operations a second; time while it removes, beside none"
    )
    return Table((Column("operation"), Column("ratio", True)), rows, caption)
