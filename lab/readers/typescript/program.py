"""The files of a project, read as they are asked for, and what each of them defines."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tree_sitter import Node

from lab.model.schema import Position
from lab.readers.typescript.packages import Workspace, workspace_of
from lab.readers.typescript.syntax import parse, string_text, text_of
from lab.readers.typescript.values import Value
from lab.text_files import read_text

SUFFIXES = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs")
_JAVASCRIPT = {".js": ".ts", ".mjs": ".mts", ".cjs": ".cts", ".jsx": ".tsx"}
_COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_DEEPEST_CONFIG = 8
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Binding:
    """A name a file defines and where. `kind` is `value`, `function`, `class`, `enum` or `import`; `part` for a name
    out of a pattern, `rest` for what such names leave. `source` is what it is imported from, `name` its name there;
    `doc_node` carries the comment above."""

    kind: str
    node: Node
    name: str = ""
    source: str = ""
    doc_node: Node | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """Names in sight: those of a block, then those around it. `values` holds what was looked up already."""

    module: Module
    bindings: dict[str, Binding] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    parent: Scope | None = None


Evaluate = Callable[[Node, Scope], Value]
"""An expression -> its value."""


@dataclass(eq=False)
class Module:
    """One file: its definitions and exports. `exports` maps a name to the local one, or to (name, file)."""

    path: Path
    text: str
    program: Program

    @cached_property
    def data(self) -> bytes:
        return self.text.encode()

    @cached_property
    def root(self) -> Node:
        return parse(str(self.path), self.data).root_node

    @cached_property
    def scope(self) -> Scope:
        return Scope(self, dict(bindings(self.root)))

    @cached_property
    def exports(self) -> Mapping[str, tuple[str, str]]:
        """Exported name -> (name where it is defined, the file it comes from, empty for this one)."""
        return {exported: found for exported, found in _exports(self.root) if exported != "*"}

    @cached_property
    def star_exports(self) -> tuple[str, ...]:
        """Files whose every export is exported again."""
        return tuple(source for exported, (_, source) in _exports(self.root) if exported == "*")

    def position(self, node: Node) -> Position:
        line, column = node.start_point
        before = self.data[node.start_byte - column : node.start_byte]
        return Position(str(self.path), line + 1, len(before.decode(errors="replace")) + 1)


class Program:
    """Files by their paths; further ones are read when something is imported from them."""

    def __init__(self, texts: list[tuple[Path, str]]) -> None:
        self._modules: dict[Path, Module | None] = {path.resolve(): Module(path, text, self) for path, text in texts}
        self.roots = [module for module in self._modules.values() if module is not None]
        self.depth = 0
        """How many calls of the user's functions are being followed, one in another."""
        self._aliases: dict[Path, tuple[Path, Mapping[str, list[str]]] | None] = {}
        self._workspaces: dict[Path, Workspace | None] = {}

    def module(self, path: Path) -> Module | None:
        whole = path.resolve()
        if whole not in self._modules:
            self._modules[whole] = Module(path, read_text(path), self) if path.is_file() else None
        return self._modules[whole]

    def modules(self) -> list[Module]:
        """Every file read so far."""
        return [module for module in self._modules.values() if module is not None]

    def imported(self, source: str, importer: Path) -> Module | None:
        """The file an import names; None for a package, or when there is no such file."""
        for base in self._places(source, importer):
            for path in _spellings(base):
                found = self.module(path)
                if found is not None:
                    return found
        return None

    def _places(self, source: str, importer: Path) -> Iterator[Path]:
        if source.startswith("."):
            yield _joined(importer.parent, source)
            return
        for folder in (importer.parent, *importer.parent.parents):
            aliases = self._aliases_of(folder)
            if aliases is not None:
                yield from _aliased(source, *aliases)
        for folder in importer.parent.resolve().parents:
            if folder not in self._workspaces:
                self._workspaces[folder] = workspace_of(Path(os.path.relpath(folder)))
            if workspace := self._workspaces[folder]:
                yield from workspace.places(source)
        match = re.match(r"[@~#]?/(.+)", source)
        for folder in importer.parent.parents if match else ():
            yield from (folder / match[1], folder / "src" / match[1]) if match else ()

    def _aliases_of(self, folder: Path) -> tuple[Path, Mapping[str, list[str]]] | None:
        """A folder's `tsconfig.json`: where its paths start, and what they stand for."""
        if folder not in self._aliases:
            config = folder / "tsconfig.json"
            self._aliases[folder] = _read_aliases(config) if config.is_file() else None
        return self._aliases[folder]


def _joined(folder: Path, source: str) -> Path:
    """`./a/../b` below a folder, without its dots, spelled as the folder is."""
    path = folder
    for part in source.split("/"):
        if part == ".." and path.name not in ("", ".."):
            path = path.parent
        elif part not in (".", ""):
            path = path / part
    return path


def _spellings(base: Path) -> Iterator[Path]:
    """The files a path without its suffix may mean."""
    if base.suffix in _JAVASCRIPT:
        yield base.with_suffix(_JAVASCRIPT[base.suffix])
    if base.suffix in SUFFIXES:
        yield base
    for suffix in SUFFIXES:
        yield base.with_name(base.name + suffix)
    for suffix in SUFFIXES:
        yield base / f"index{suffix}"


def _read_aliases(config: Path) -> tuple[Path, Mapping[str, list[str]]] | None:
    """With those of the files it extends. None for a file that is not read: its aliases are then not known, and what
    they import is reported."""
    options = _options_of(config, 0)
    if options is None:
        return None
    return options.get("baseUrl", options.get("pathsBase", config.parent)), options.get("paths", {})


def _options_of(config: Path, depth: int) -> dict[str, Any] | None:
    """`baseUrl` and `pathsBase`, the folder of the file that has the paths, as paths."""
    bare = _TRAILING_COMMA.sub("", _COMMENTS.sub(lambda match: match[1] or "", read_text(config)))
    try:
        said = json.loads(bare)
        own = said.get("compilerOptions", {})
    except (json.JSONDecodeError, AttributeError):
        return None
    extended = said.get("extends", [])
    found: dict[str, Any] = {}
    for name in [extended] if isinstance(extended, str) else extended:
        above = _joined(config.parent, name) if name.startswith(".") else None
        paths = (above, above.with_name(f"{above.name}.json"), above / "tsconfig.json") if above else ()
        path = next((path for path in paths if path.is_file()), None)
        if path is not None and depth < _DEEPEST_CONFIG:
            found |= _options_of(path, depth + 1) or {}
    if "baseUrl" in own:
        found["baseUrl"] = _joined(config.parent, own["baseUrl"])
    if "paths" in own:
        found |= {"paths": own["paths"], "pathsBase": config.parent}
    return found


def _aliased(source: str, base: Path, paths: Mapping[str, list[str]]) -> Iterator[Path]:
    for pattern, targets in paths.items():
        head, star, tail = pattern.partition("*")
        if source.startswith(head) and source.endswith(tail) and (star or source == pattern):
            middle = source[len(head) : len(source) - len(tail)]
            yield from (_joined(base, target.replace("*", middle)) for target in targets)
    yield base / source


def bindings(block: Node) -> Iterator[tuple[str, Binding]]:
    """The names a block's statements define."""
    for statement in block.named_children:
        declaration = statement.child_by_field_name("declaration") if statement.type == "export_statement" else None
        yield from _declared(declaration or statement, statement)


def _declared(node: Node, statement: Node) -> Iterator[tuple[str, Binding]]:
    name = node.child_by_field_name("name")
    match node.type:
        case "lexical_declaration" | "variable_declaration":
            for declarator in node.named_children:
                if declarator.type == "variable_declarator":
                    yield from _declarator(declarator, statement)
        case "function_declaration" | "generator_function_declaration" if name:
            yield text_of(name), Binding("function", node, doc_node=statement)
        case "class_declaration" | "abstract_class_declaration" if name:
            yield text_of(name), Binding("class", node, doc_node=statement)
        case "enum_declaration" if name:
            yield text_of(name), Binding("enum", node, doc_node=statement)
        case "ambient_declaration":
            for child in node.named_children:
                yield from _declared(child, statement)
        case "import_statement":
            yield from _imports(node)
    value = statement.child_by_field_name("value") if statement.type == "export_statement" else None
    if value is not None:
        yield "default", Binding("class" if value.type == "class" else "value", value, doc_node=statement)


def _declarator(declarator: Node, statement: Node) -> Iterator[tuple[str, Binding]]:
    name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
    if name is None or value is None:
        return
    if name.type == "identifier":
        yield text_of(name), Binding("value", value, doc_node=statement)
        return
    if name.type == "array_pattern":
        for place, part in enumerate(name.named_children):
            if part.type == "identifier":
                yield text_of(part), Binding("part", value, name=str(place), doc_node=statement)
        return
    keys: list[str] = []
    for part in name.named_children:
        if part.type == "rest_pattern" and name.type == "object_pattern":
            yield text_of(part.named_children[0]), Binding("rest", value, " ".join(keys), doc_node=statement)
            continue
        key = part.child_by_field_name("key") if part.type == "pair_pattern" else part
        local = part.child_by_field_name("value") if part.type == "pair_pattern" else part
        if name.type == "object_pattern" and key is not None and local is not None:
            keys.append(text_of(key))
            yield text_of(local), Binding("part", value, name=text_of(key), doc_node=statement)


def _imports(node: Node) -> Iterator[tuple[str, Binding]]:
    source = node.child_by_field_name("source")
    clause = next((child for child in node.named_children if child.type == "import_clause"), None)
    if source is None or clause is None:
        return
    file = string_text(source)
    for child in clause.named_children:
        match child.type:
            case "identifier":
                yield text_of(child), Binding("import", child, "default", file)
            case "namespace_import":
                yield text_of(child.named_children[0]), Binding("import", child, "*", file)
            case "named_imports":
                for item in child.named_children:
                    name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                    if name is not None:
                        yield text_of(alias or name), Binding("import", item, text_of(name), file)


def _exports(root: Node) -> Iterator[tuple[str, tuple[str, str]]]:
    for statement in root.named_children:
        if statement.type != "export_statement":
            continue
        source = statement.child_by_field_name("source")
        file = string_text(source) if source is not None else ""
        declaration = statement.child_by_field_name("declaration")
        if declaration is not None:
            is_default = any(child.type == "default" for child in statement.children)
            for name, _ in _declared(declaration, statement):
                yield "default" if is_default else name, (name, "")
        elif statement.child_by_field_name("value") is not None:
            yield "default", ("default", "")
        else:
            yield from _export_clause(statement, file)


def _export_clause(statement: Node, file: str) -> Iterator[tuple[str, tuple[str, str]]]:
    kinds = {child.type: child for child in statement.children}
    if "namespace_export" in kinds:
        yield text_of(kinds["namespace_export"].named_children[0]), ("*", file)
    elif "export_clause" in kinds:
        for item in kinds["export_clause"].named_children:
            name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
            if name is not None:
                yield text_of(alias or name), (text_of(name), file)
    elif file:
        yield "*", ("*", file)
