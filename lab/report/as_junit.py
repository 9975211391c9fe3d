"""One test case for each engine, variant and operation, in JUnit's XML: it fails when the target is missed, errs
when the operation failed, is skipped when it could not be run or nothing can be told.

The elements are those Jenkins reads: https://github.com/jenkinsci/xunit-plugin, junit-10.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from lab.model.run import OperationRun, Run, VariantRun
from lab.model.workload import TARGET_SECONDS
from lab.report import units
from lab.report.blocks import Section
from lab.report.labels import engine_labels, redact

NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets)."""


def write(run: Run, sections: Sequence[Section]) -> str:
    """The document as text."""
    root = ElementTree.Element("testsuites", name=clean(run.design.name))
    labels = engine_labels(run)
    for engine in run.engines:
        for variant in engine.variants:
            root.append(_suite(variant, labels[engine.server.spec], run))
    return document(root)


def document(root: ElementTree.Element) -> str:
    """The suites as text, their totals filled in."""
    _count(root)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{redact(text)}\n'


def _suite(variant: VariantRun, label: str, run: Run) -> ElementTree.Element:
    name = f"{label}.{variant.name}"
    suite = ElementTree.Element("testsuite", name=clean(name), timestamp=f"{run.started_at:%Y-%m-%dT%H:%M:%S}")
    if variant.status != "measured" and not variant.operations:
        case = ElementTree.SubElement(suite, "testcase", classname=clean(name), name="variant", time="0")
        kind = "skipped" if variant.status == "unsupported" else "error"
        ElementTree.SubElement(case, kind, message=clean(f"{variant.status}: {variant.reason}"))
    for operation in variant.operations:
        suite.append(_case(operation, name))
    return suite


def _case(operation: OperationRun, suite: str) -> ElementTree.Element:
    """`time` is the 95th percentile in seconds."""
    p95 = operation.summary.p95.estimate if operation.summary else 0.0
    case = ElementTree.Element("testcase", classname=clean(suite), name=clean(operation.name), time=f"{p95:.6f}")
    outcome = _outcome(operation)
    if outcome:
        kind, message = outcome
        ElementTree.SubElement(case, kind, message=clean(message))
    return case


def _outcome(operation: OperationRun) -> tuple[str, str] | None:
    """The element that says what is wrong, and its message; None when the target is met."""
    target = units.tick(units.seconds(TARGET_SECONDS[operation.target_class]))
    if operation.answer and not operation.answer.is_same:
        return "failure", f"answers differently from the base: {operation.answer.told}"
    if operation.status == "failed":
        return "error", f"failed: {operation.reason}"
    if operation.status == "timed out":
        return "failure", f"timed out, target {target}: {operation.reason}"
    if operation.status == "unsupported" or operation.summary is None:
        return "skipped", f"{operation.status}: {operation.reason}"
    p95 = f"p95 {units.seconds(operation.summary.p95.estimate)} ({units.seconds_interval(operation.summary.p95)})"
    if operation.target == "missed":
        return "failure", f"{p95} is over the {operation.target_class} target of {target}"
    if operation.target == "cannot tell":
        return "skipped", f"cannot tell whether {p95} is within the {operation.target_class} target of {target}"
    return None


def _count(root: ElementTree.Element) -> None:
    """Fill in the totals of every suite, then of all."""
    kinds = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in (*root, root):
        for attribute, tag in kinds.items():
            element.set(attribute, str(len(list(element.iter(tag)))))


def clean(text: str) -> str:
    """Without what XML cannot hold."""
    return NOT_XML.sub("?", text)
