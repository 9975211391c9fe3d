"""TypeScript text -> syntax tree, by tree-sitter."""

from __future__ import annotations

import re
from functools import cache

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

from lab.errors import LabError

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


@cache
def _parser(is_jsx: bool) -> Parser:
    grammar = tree_sitter_typescript.language_tsx if is_jsx else tree_sitter_typescript.language_typescript
    return Parser(Language(grammar()))


def parse(file: str, data: bytes) -> Tree:
    """Raises LabError with file and line where the text is no TypeScript."""
    tree = _parser(file.endswith(("x", ".js", ".mjs", ".cjs"))).parse(data)
    if tree.root_node.has_error:
        node = _first_error(tree.root_node)
        line, column = node.start_point
        found = (node.text or b"").decode(errors="replace").split("\n")[0][:40]
        what = f"{node.type} is missing" if node.is_missing else f"cannot read `{found}`"
        raise LabError(
            f"{file}:{line + 1}:{column + 1}: syntax error: {what}",
            "the mistake is there or just before; `npx tsc --noEmit` says more",
        )
    return tree


def _first_error(node: Node) -> Node:
    """The innermost of the first nodes that hold a mistake."""
    for child in node.children:
        if child.is_error or child.is_missing:
            return child
        if child.has_error:
            return _first_error(child)
    return node


def string_text(node: Node) -> str:
    """The text of a string, its escapes resolved."""
    parts = []
    for child in node.named_children:
        text = text_of(child)
        parts.append(unescape(text) if child.type == "escape_sequence" else text)
    return "".join(parts)


def unescape(text: str) -> str:
    body = text[1:]
    match = re.fullmatch(r"u\{?([0-9a-fA-F]+)\}?|x([0-9a-fA-F]{2})", body)
    if match:
        return chr(int(match[1] or match[2], 16))
    return _ESCAPES.get(body, body)


def text_of(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def doc_before(node: Node) -> str:
    """The text of the `/** … */` that stands right above a node; empty when there is none."""
    comment = node.prev_named_sibling
    if comment is None or comment.type != "comment" or node.start_point[0] - comment.end_point[0] > 1:
        return ""
    text = text_of(comment)
    if not text.startswith("/**"):
        return ""
    lines = [re.sub(r"^\s*\*?\s?", "", line).rstrip() for line in text[3:-2].split("\n")]
    words = [line for line in lines if line and not line.startswith("@")]
    return " ".join(words).strip()


def doc_of(node: Node) -> str:
    """The text of the `/** … */` above the statement of the file a node is part of."""
    while node.parent is not None and node.parent.type != "program":
        node = node.parent
    return doc_before(node)
