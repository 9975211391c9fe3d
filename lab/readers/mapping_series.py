"""What a time-series collection of a mapping may not be."""

from __future__ import annotations

from lab.errors import LabError
from lab.model.mapping import DocumentMapping, TimeSeries
from lab.model.schema import Column


def is_time(column: Column) -> bool:
    return column.type.name in ("timestamptz", "timestamp", "date") and not column.type.dimensions


def check_series(mapping: DocumentMapping) -> None:
    """Raises LabError, with file and line, for a time that is none, or a collection that is to be two things."""
    for series in mapping.series:
        _check_fields(series, mapping)
        _check_alone(series, mapping)


def _check_fields(series: TimeSeries, mapping: DocumentMapping) -> None:
    name, where = series.collection, series.position
    time = mapping.schema.table(name).column(series.time)
    if not is_time(time):
        raise LabError(f"{where}: {series.time} of {name} is no time", "measurements are kept by a date")
    if time.is_nullable:
        raise LabError(
            f"{where}: {series.time} of {name} may be null, and every measurement has a time",
            "name a time that is NOT NULL, or make this one so",
        )
    if series.meta == series.time:
        raise LabError(
            f"{where}: {series.time} of {name} cannot be both the time and the meta field",
            "meta is what was measured, such as a kind or a device; or leave it out",
        )


def _check_alone(series: TimeSeries, mapping: DocumentMapping) -> None:
    name, where = series.collection, series.position
    for embedding in mapping.embeddings:
        if name in (embedding.child, embedding.parent):
            raise LabError(
                f"{where}: {name} cannot be a time-series collection and part of {embedding.relation}",
                "take one of the two away",
            )
    for copy in mapping.copied_into(name):
        raise LabError(
            f"{where}: {name} cannot be a time-series collection and hold copies of {copy.parent}",
            f"take [copy.{name}.{copy.field}] away: measurements are not changed when {copy.parent} are",
        )
    for expiry in mapping.expiries:
        if expiry.collection == name:
            raise LabError(
                f"{expiry.position}: {name} is a time-series collection, which has an expiry of its own",
                f"write days = 90 in [timeseries.{name}]",
            )
