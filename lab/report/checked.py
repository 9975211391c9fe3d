"""A check in a form of its own: a comment on a pull request, and test results."""

from __future__ import annotations

from xml.etree import ElementTree

import pyarrow as pa

from lab.model.run import Run
from lab.model.verdict import OperationVerdict, Verdict
from lab.report import as_junit, as_markdown
from lab.report.blocks import Section
from lab.report.sections import gate


def markdown(run: Run, samples: pa.Table) -> str:
    """GitHub-flavoured Markdown."""
    section = Section("gate", f"{run.design.name}: schema performance", tuple(gate.blocks(run, samples)))
    return as_markdown.write_section(section)


def junit(run: Run, verdict: Verdict) -> str:
    """One test case for each comparison: it fails when it regressed, is skipped when nothing can be told."""
    root = ElementTree.Element("testsuites", name=f"lab check {run.design.name}")
    for engine in dict.fromkeys(each.engine for each in verdict.operations):
        suite = ElementTree.SubElement(root, "testsuite", name=engine, timestamp=f"{run.started_at:%Y-%m-%dT%H:%M:%S}")
        for each in (each for each in verdict.operations if each.engine == engine):
            _case(suite, each, engine)
    return as_junit.document(root)


def _case(suite: ElementTree.Element, each: OperationVerdict, engine: str) -> None:
    """`time` is the head's median in seconds."""
    seconds = each.seconds[1] if each.seconds else 0.0
    case = ElementTree.SubElement(suite, "testcase", classname=engine, name=gate.name_of(each), time=f"{seconds:.6f}")
    if each.outcome != "pass":
        kind = "failure" if each.outcome == "regressed" else "skipped"
        ElementTree.SubElement(case, kind, message=as_junit.clean(each.reason))
