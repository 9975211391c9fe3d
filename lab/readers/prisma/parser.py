"""Tokens -> syntax tree, by recursive descent: one method a rule of the grammar."""

from __future__ import annotations

import json
from typing import Literal, NoReturn, cast

from lab.errors import LabError, did_you_mean
from lab.model.schema import Position
from lab.readers.prisma.lexer import Token, tokens
from lab.readers.prisma.syntax import (
    Argument,
    Arity,
    Attribute,
    Block,
    Call,
    Config,
    DocLine,
    EnumBlock,
    EnumValue,
    Expression,
    Field,
    Items,
    Model,
    Name,
    Number,
    Record,
    String,
)

_BLOCKS = ("model", "view", "type", "enum", "datasource", "generator")


def parse(text: str, file: str) -> list[Block]:
    """The blocks of a file, in order. Raises LabError with file, line and column at the first mistake."""
    return _Parser(tokens(text, file)).schema()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._index = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._tokens[self._index]
        self._index += token.kind != "end"
        return token

    def _is_at(self, text: str) -> bool:
        return self._next.kind == "mark" and self._next.text == text

    def _took(self, text: str) -> bool:
        if self._is_at(text):
            self._index += 1
            return True
        return False

    def _expect(self, text: str, after: str, hint: str = "") -> Token:
        if not self._is_at(text):
            self._fail(f"expected {text} after {after}, found {_shown(self._next)}", hint or f"write {text} there")
        return self._take()

    def _expect_name(self, what: str, hint: str) -> Token:
        if self._next.kind != "name":
            self._fail(f"expected {what}, found {_shown(self._next)}", hint)
        return self._take()

    def _fail(self, message: str, hint: str, position: Position | None = None) -> NoReturn:
        position = position or self._next.position
        raise LabError(f"{position}:{position.column}: {message}", hint)

    def _docs(self) -> tuple[DocLine, ...]:
        """Skips line breaks; the `///` lines that end right above what follows."""
        lines: list[DocLine] = []
        breaks = 0
        while self._next.kind in ("newline", "doc"):
            token = self._take()
            if token.kind == "doc":
                lines.append(_doc_line(token))
                breaks = -1
            else:
                breaks += 1
            if breaks > 0:
                lines = []
        return tuple(lines)

    def schema(self) -> list[Block]:
        blocks: list[Block] = []
        while True:
            doc = self._docs()
            if self._next.kind == "end":
                return blocks
            blocks.append(self._block(doc))

    def _block(self, doc: tuple[DocLine, ...]) -> Block:
        keyword = self._take()
        if keyword.kind != "name" or keyword.text not in _BLOCKS:
            self._fail(
                f"expected a block, found {_shown(keyword)}",
                did_you_mean(keyword.text, _BLOCKS, "blocks") if keyword.kind == "name" else "write model User { … }",
                keyword.position,
            )
        name = self._expect_name(f"the name of the {keyword.text}", f"write {keyword.text} Name {{")
        opening = self._expect("{", f"{keyword.text} {name.text}", f"write {keyword.text} {name.text} {{")
        if keyword.text in ("datasource", "generator"):
            return Config(keyword.text, name.text, self._properties(opening), keyword.position)
        if keyword.text == "enum":
            return self._enum(name, doc, keyword.position, opening)
        return self._model(keyword, name, doc, opening)

    def _is_closed(self, opening: Token, what: str) -> bool:
        """Takes the } that ends a block, if it is next."""
        if self._next.kind == "end":
            self._fail(f"{what} is not closed", "end it with } on a line of its own", opening.position)
        return self._took("}")

    def _end_line(self, what: str) -> None:
        if self._next.kind not in ("newline", "end") and not self._is_at("}"):
            self._fail(f"unexpected {_shown(self._next)} after {what}", "one declaration a line")

    def _properties(self, opening: Token) -> dict[str, Expression]:
        found: dict[str, Expression] = {}
        self._docs()
        while not self._is_closed(opening, "this block"):
            key = self._expect_name("a setting", 'write it as provider = "postgresql"')
            self._expect("=", key.text)
            if self._next.kind not in ("newline", "doc"):
                found[key.text] = self._expression()
            self._docs()
        return found

    def _enum(self, name: Token, doc: tuple[DocLine, ...], position: Position, opening: Token) -> EnumBlock:
        values: list[EnumValue] = []
        attributes: list[Attribute] = []
        self._docs()
        while not self._is_closed(opening, f"enum {name.text}"):
            if self._took("@@"):
                attributes.append(self._attribute())
            else:
                value = self._expect_name(f"a value of enum {name.text}", "one value a line, without quotes or commas")
                values.append(EnumValue(value.text, self._field_attributes(), value.position))
            self._took_doc()
            self._end_line(f"enum {name.text}'s value")
            self._docs()
        return EnumBlock(name.text, tuple(values), tuple(attributes), doc, position)

    def _model(self, keyword: Token, name: Token, doc: tuple[DocLine, ...], opening: Token) -> Model:
        kind = cast(Literal["model", "view", "type"], keyword.text)
        fields: list[Field] = []
        attributes: list[Attribute] = []
        inner: list[DocLine] = []
        above = self._docs()
        while not self._is_closed(opening, f"{kind} {name.text}"):
            if self._took("@@"):
                inner += above
                attributes.append(self._attribute())
                self._took_doc()
                self._end_line(f"@@{attributes[-1].name}")
            else:
                fields.append(self._field(name.text, above))
            above = self._docs()
        inner += above
        return Model(kind, name.text, tuple(fields), tuple(attributes), doc, keyword.position, tuple(inner))

    def _field(self, model: str, doc: tuple[DocLine, ...]) -> Field:
        name = self._expect_name(f"a field of {model}", "write a field as: email String @unique")
        if self._is_at(":"):
            self._fail(f"unexpected : after {name.text}", f"write {name.text} String")
        if self._next.kind != "name":
            self._fail(f"field {name.text} has no type", f"write {name.text} String", name.position)
        type_ = self._take()
        unsupported = self._unsupported() if type_.text == "Unsupported" else None
        arity = self._arity(name.text, type_.text)
        attributes = self._field_attributes()
        doc += self._took_doc()
        self._end_line(f"field {name.text}")
        return Field(name.text, type_.text, arity, attributes, doc, name.position, unsupported)

    def _unsupported(self) -> str:
        hint = 'write Unsupported("circle")'
        self._expect("(", "Unsupported", hint)
        if self._next.kind != "string":
            self._fail(f"expected the database's type, found {_shown(self._next)}", hint)
        text = self._string(self._take())
        self._expect(")", "the type", hint)
        return text

    def _arity(self, name: str, type_: str) -> Arity:
        arity: Arity = "required"
        if self._took("["):
            self._expect("]", f"{type_}[")
            arity = "list"
        if self._is_at("?") and arity == "list":
            self._fail(f"list {name} cannot be optional", f"write {type_}[]: a list may be empty")
        if self._took("?"):
            arity = "optional"
            if self._is_at("["):
                self._fail(f"list {name} cannot be optional", f"write {type_}[]: a list may be empty")
        if self._is_at("!"):
            self._fail(f"unexpected ! after {type_}", f"write {type_}: a field without ? is required")
        return arity

    def _took_doc(self) -> tuple[DocLine, ...]:
        return (_doc_line(self._take()),) if self._next.kind == "doc" else ()

    def _field_attributes(self) -> tuple[Attribute, ...]:
        found: list[Attribute] = []
        while self._is_at("@") or self._is_at("@@"):
            mark = self._take()
            if mark.text == "@@":
                self._fail("@@ stands on a line of its own", "write @ for a field's attribute", mark.position)
            found.append(self._attribute())
        return tuple(found)

    def _attribute(self) -> Attribute:
        """An attribute whose @ or @@ was taken."""
        position = self._tokens[self._index - 1].position
        name = self._path(self._expect_name("an attribute's name", "write @id, @unique, @default(…)"))
        return Attribute(name, self._arguments(f"@{name}") if self._is_at("(") else (), position)

    def _path(self, first: Token) -> str:
        path = first.text
        while self._took("."):
            path += "." + self._expect_name(f"a name after {path}.", "write it without spaces, as db.VarChar").text
        return path

    def _arguments(self, owner: str) -> tuple[Argument, ...]:
        opening = self._take()
        found: list[Argument] = []
        while not self._took(")"):
            found.append(self._argument())
            if not self._took(",") and not self._is_at(")"):
                self._fail_unclosed(opening, ")", owner)
        return tuple(found)

    def _fail_unclosed(self, opening: Token, closing: str, owner: str) -> NoReturn:
        self._fail(
            f"expected , or {closing} in {owner}, found {_shown(self._next)}",
            f"close the {opening.text} of line {opening.position.line}, or separate with commas",
        )

    def _argument(self) -> Argument:
        token = self._next
        following = self._tokens[min(self._index + 1, len(self._tokens) - 1)]
        if token.kind == "name" and following.kind == "mark" and following.text == ":":
            self._index += 2
            return Argument(token.text, self._expression(), token.position)
        return Argument(None, self._expression(), token.position)

    def _expression(self) -> Expression:
        token = self._take()
        if token.kind == "string":
            return String(self._string(token), token.position)
        if token.kind == "number":
            return Number(token.text, token.position)
        if token.kind == "name":
            path = self._path(token)
            is_call = self._is_at("(")
            return Call(path, self._arguments(path), token.position) if is_call else Name(path, token.position)
        if token.kind == "mark" and token.text == "[":
            return self._items(token)
        if token.kind == "mark" and token.text == "{":
            return self._record(token)
        return self._fail(f"expected a value, found {_shown(token)}", "write a value, or remove this", token.position)

    def _items(self, opening: Token) -> Items:
        values: list[Expression] = []
        while not self._took("]"):
            values.append(self._expression())
            if not self._took(",") and not self._is_at("]"):
                self._fail_unclosed(opening, "]", "the list")
        return Items(tuple(values), opening.position)

    def _record(self, opening: Token) -> Record:
        entries: list[tuple[str, Expression]] = []
        while not self._took("}"):
            key = self._expect_name("a field", "write { active: true }")
            self._expect(":", key.text)
            entries.append((key.text, self._expression()))
            if not self._took(",") and not self._is_at("}"):
                self._fail_unclosed(opening, "}", "the condition")
        return Record(tuple(entries), opening.position)

    def _string(self, token: Token) -> str:
        try:
            return cast(str, json.loads(token.text, strict=False))
        except ValueError:
            return self._fail("this string has an unknown escape", r"write \\ for a backslash", token.position)


def _doc_line(token: Token) -> DocLine:
    text = token.text[3:]
    indent = len(text) - len(text.lstrip()) + 3
    position = Position(token.position.file, token.position.line, token.position.column + indent)
    return DocLine(text.strip(), position)


def _shown(token: Token) -> str:
    return {"newline": "the line's end", "end": "the file's end"}.get(token.kind, token.text)
