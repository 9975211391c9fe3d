"""The run and the verdict as JSON: `{"format_version", "run", "decision"}`, documented in docs/report.md.

`run` is `run.json` as it is kept (lab.model.run); seconds, bytes and ratios are unscaled numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from lab.model.run import Run
from lab.report.blocks import Section
from lab.report.labels import redact
from lab.report.verdict import Decision, decide

FORMAT_VERSION = 1


def write(run: Run, sections: Sequence[Section]) -> str:
    """The document, indented, keys in the order of the model."""
    document = {
        "format_version": FORMAT_VERSION,
        "decision": _adapter(Decision).dump_python(decide(run), mode="json"),
        "run": _adapter(Run).dump_python(run, mode="json"),
    }
    return redact(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


@cache
def _adapter(noun: type) -> TypeAdapter[Any]:
    return TypeAdapter(noun)
