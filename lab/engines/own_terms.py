"""Operations in the terms of an engine without SQL: functions of `workloads/<design>/<engine>.py`, read as text."""

from __future__ import annotations

from pathlib import Path

from lab.engines.engine import Text
from lab.errors import LabError
from lab.model.workload import Operation


def own_text(operation: Operation, engine: str) -> Text:
    """Raises LabError when the workload has no such text: for the reason it gives, or since nobody wrote one."""
    if engine in operation.sql:
        return Text(operation.sql[engine], operation.text_position(engine))
    if engine in operation.gaps:
        raise LabError(operation.gaps[engine])
    file = Path(operation.position.file).with_name(f"{engine}.py") if operation.position else f"{engine}.py"
    arguments = ", ".join(parameter.name for parameter in operation.parameters)
    raise LabError(f"{file} has no function {operation.name}", f"write `def {operation.name}({arguments}):` there")
