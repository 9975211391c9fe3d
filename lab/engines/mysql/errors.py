"""The errors of MySQL and MariaDB as the lab's, with the line in the user's file.

Numbers: MySQL Server Error Reference; MariaDB Error Codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from lab.engines.engine import DiskFull, ServerLost, StatementError, StatementTimeout, Text, UnknownName
from lab.engines.mysql.driver import err
from lab.errors import LabError, did_you_mean
from lab.model.schema import Position

Names = Callable[[], list[str]]

SYNTAX = 1064
NEEDED_BY_FOREIGN_KEY = 1553
KEY_WITHOUT_LENGTH = 1170
KEY_TOO_LONG = 1071
REFUSED = (1044, 1045, 1698, 3118)
"""Access denied, to a database or at all; account locked."""
_UNKNOWN = (1049, 1051, 1054, 1072, 1091, 1109, 1146, 1176)
_LATE = (1317, 1969, 3024)
_FULL = (3, 28, 1021, 1026, 1030, 1114)
_LOST = (0, 1053, 1927, 2003, 2006, 2013, 2014, 2055, 4031)
_UNKNOWN_WORD = (
    re.compile(r"column:? '([^']+)'", re.I),
    re.compile(r"'([^']+)' doesn't exist", re.I),
    re.compile(r"(?:table|database) '?([\w.$]+)'?", re.I),
    re.compile(r"'([^']+)'"),
)
_MORE_SPACE = "free some space, or lower --scale"


@contextmanager
def translated(title: str, text: Text | None = None, names: Names | None = None) -> Iterator[None]:
    """Raises the lab's error for the driver's."""
    try:
        yield
    except (err.Error, OSError) as error:
        raise_for(error, title, text, names)


def raise_for(error: Exception, title: str, text: Text | None = None, names: Names | None = None) -> NoReturn:
    number, message = number_of(error), message_of(error)
    if number in _LATE:
        raise StatementTimeout(f"a statement ran longer than allowed and was cancelled: {message}") from error
    if is_full(number, message):
        raise DiskFull(f"the disk {title} writes to is full: {message}", _MORE_SPACE) from error
    if number in _LOST or isinstance(error, OSError):
        raise ServerLost(f"the {title} server went away: {message}") from error
    word = _unknown_word(message) if number in _UNKNOWN else ""
    where = _where(text, message, word) if text else ""
    kind = UnknownName if word else StatementError
    if text and text.source:
        message = re.sub(r" at line \d+$", "", message)
    raise kind(f"{where}{title} says: {message}", _hint(number, word, names)) from error


def number_of(error: Exception) -> int:
    number = error.args[0] if isinstance(error, err.Error) and error.args else 0
    return number if isinstance(number, int) else 0


def message_of(error: Exception) -> str:
    """The server's words, without the advice to read the manual."""
    said = str(error.args[1]) if len(error.args) > 1 and error.args[1] else str(error)
    return re.sub(r"; check the manual .* for the right syntax to use", "", said).strip()


def is_full(number: int, message: str) -> bool:
    """1114 also stands for a table at its own limit, 1030 for any error of the storage engine."""
    if number == 1030:
        return re.search(r"error:? (28|135)\b|No space left", message) is not None
    return number in _FULL


def cannot_connect(error: Exception, title: str, where: str, example: str) -> LabError:
    """For a server that does not answer or lets nobody in."""
    said = message_of(error)
    reason = re.search(r"\((?:\[Errno -?\d+\] )?(.*)\)$", said)
    said = reason[1] if number_of(error) == 2003 and reason else said
    return LabError(f"cannot connect to {title} at {where}: {said}", f"check host, port, user and password: {example}")


def _hint(number: int, word: str, names: Names | None) -> str:
    if number == NEEDED_BY_FOREIGN_KEY:
        return "give the key another index in the same statement: ALTER TABLE … DROP INDEX …, ADD INDEX … (…)"
    if number in (KEY_WITHOUT_LENGTH, KEY_TOO_LONG):
        return "name how many characters the index holds, `note(255)`, or make the column a VARCHAR"
    return did_you_mean(word, names(), "") if word and names else ""


def _unknown_word(message: str) -> str:
    for pattern in _UNKNOWN_WORD:
        if match := pattern.search(message):
            return match[1].rpartition(".")[2]
    return message


def _where(text: Text, message: str, word: str) -> str:
    if text.position is None:
        return ""
    line = text.position.line + _lines_above(text, message, word)
    return f"{Position(text.position.file, line)}: "


def _lines_above(text: Text, message: str, word: str) -> int:
    """The line of the offending word in what the user wrote; the server counts lines only of what it cannot parse."""
    written = text.source or text.sql
    counted = re.search(r"at line (\d+)$", message)
    if counted and not text.source:
        return int(counted[1]) - 1
    if near := re.search(r"near '\W*(\w+)", message):
        word = word or near[1]
    match = re.search(rf"(?i)\b{re.escape(word)}\b", written) if word else None
    return written[: match.start()].count("\n") if match else 0
