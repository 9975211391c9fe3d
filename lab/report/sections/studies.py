"""Choices inside a server that were compared on the design's rows."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from lab.model.caching import Study, StudyOption
from lab.model.run import Run
from lab.report.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Table
from lab.report.labels import engine_labels
from lab.report.study_words import figure_interval, figure_words

TITLE = "Choices inside a server"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = []
    labels = engine_labels(run)
    for engine in run.engines:
        if engine.studies:
            found.append(Heading(labels[engine.server.spec], 3))
            for study in engine.studies:
                found += _of_study(study)
    return found


def _of_study(study: Study) -> Iterator[Block]:
    yield Heading(study.title, 4)
    yield Paragraph(study.verdict)
    yield _table(study)
    if study.explanations or study.doubts:
        yield Bullets((*study.explanations, *study.doubts))


def _table(study: Study) -> Table:
    titles = [figure.title for figure in study.options[0].figures] if study.options else []
    rows = tuple(_option(option) for option in study.options)
    return Table((Column(study.question), *(Column(title, True) for title in titles)), rows, study.title)


def _option(option: StudyOption) -> tuple[Cell, ...]:
    return (
        Cell(option.name, option.note),
        *(Cell(figure_words(figure), figure_interval(figure)) for figure in option.figures),
    )
