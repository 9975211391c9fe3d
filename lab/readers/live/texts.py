"""Rows as columns of texts, NULL kept apart from the empty text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv


def texts(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Decoded rows of texts and NULLs."""
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def csv_texts(data: bytes, names: Sequence[str]) -> pa.Table:
    """CSV with a header, in which NULL is nothing and the empty text is in quotes."""
    return pa_csv.read_csv(
        io.BytesIO(data),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=list(names),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
