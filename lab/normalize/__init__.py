"""Normal forms: what determines what in a table, by declaration or by its rows; which form the table is in, and what
it would be split into.

A dependency found in rows is claimed only where the rows could have contradicted it and hardly agree by accident
(`evidence`); one that nearly holds is shown with what contradicts it and never claimed; one that looks like a value
kept as it was on a day is named, and does not count (`snapshots`).
"""

from __future__ import annotations

from lab.normalize.examine import Known, TableVerdict, examine

__all__ = ["Known", "TableVerdict", "examine"]
