"""TypeScript, read as text: the schemas of TypeORM and Drizzle. A user's code is never run."""

from __future__ import annotations

from lab.readers.typescript.evaluate import apply, call, evaluate, exported, lookup, namespace
from lab.readers.typescript.operators import member
from lab.readers.typescript.program import Binding, Module, Program, Scope
from lab.readers.typescript.syntax import doc_before, doc_of, text_of
from lab.readers.typescript.values import (
    Call,
    Class,
    Constant,
    Function,
    Items,
    Member,
    Place,
    Record,
    Symbol,
    Template,
    Undefined,
    Unknown,
    Value,
    entry,
    json_of,
    number_of,
    texts_of,
    truth_of,
)
from lab.readers.typescript.values import text_of as constant_text

__all__ = [
    "Binding",
    "Call",
    "Class",
    "Constant",
    "Function",
    "Items",
    "Member",
    "Module",
    "Place",
    "Program",
    "Record",
    "Scope",
    "Symbol",
    "Template",
    "Undefined",
    "Unknown",
    "Value",
    "apply",
    "call",
    "constant_text",
    "doc_before",
    "doc_of",
    "entry",
    "evaluate",
    "exported",
    "json_of",
    "lookup",
    "member",
    "namespace",
    "number_of",
    "text_of",
    "texts_of",
    "truth_of",
]
