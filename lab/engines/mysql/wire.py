"""Prepared statements in the binary protocol of MySQL and MariaDB, on a connection PyMySQL has opened.

Between the two clock readings of a timed execution lie one send and the receives until the answer is whole; rows are
counted, and decoded where they are wanted, afterwards (MySQL Internals, "Binary Protocol Resultset").
"""

from __future__ import annotations

import itertools
import re
import ssl
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from lab.engines.mysql.driver import Connection, err
from lab.engines.mysql.values import ColumnDefinition, column_definition, decode_row, lenenc, read_lenenc
from lab.model.workload import Value

Bytes = bytes | bytearray

_QUERY, _PREPARE, _EXECUTE, _CLOSE = 0x03, 0x16, 0x17, 0x19
_OK, _LOCAL, _EOF, _ERROR = 0x00, 0xFB, 0xFE, 0xFF
TIMED_INTERVAL = (
    "one packet in the binary protocol, packed beforehand, is sent, and received is the whole answer, as bytes; no row "
    "becomes a Python value"
)
_END = b"\x05\0\0"
"""The length of the packet that ends an answer, then its number and `_EOF`."""
_REFUSAL = re.compile(rb"\xff..#[0-9A-Z]{5}[^\xff]*\Z", re.DOTALL)
_LONGEST_REFUSAL = 600
_CHUNK = 65536
_LOCAL_PACKET = 1 << 20
_PACKET_TOO_LARGE = 1153
_LARGEST_PACKET = 0xFFFFFF
_LATE = (BlockingIOError, ssl.SSLWantReadError)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement the server has prepared."""

    number: int
    parameters: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: rows, or how many rows were affected."""

    columns: tuple[ColumnDefinition, ...]
    rows: tuple[Bytes, ...]
    affected: int
    warnings: int = 0

    def decoded(self) -> list[tuple[Any, ...]]:
        return [decode_row(row, self.columns) for row in self.rows]


class Wire:
    """`on_late` is called when the server lets a socket's time limit pass, and should make it answer."""

    def __init__(self, connection: Connection, on_late: Callable[[], None]) -> None:
        self._socket = connection._sock
        self._on_late = on_late
        self.is_waiting = False
        """Whether the server owes an answer."""

    def prepare(self, sql: str) -> Statement:
        """Raises pymysql's errors for what the server refuses."""
        self._command(_PREPARE, sql.encode())
        data = self._receive_packets(1)
        _raise_refusal(data, 0)
        number, columns, parameters = struct.unpack_from("<IHH", data, 5)
        ends = (columns + 1 if columns else 0) + (parameters + 1 if parameters else 0)
        self._receive_packets(1 + ends, data)
        return Statement(number, parameters)

    def close(self, statement: Statement) -> None:
        self._command(_CLOSE, struct.pack("<I", statement.number))

    def execute(self, packet: bytes) -> Bytes:
        """Sends a bound statement and returns the whole answer, unread."""
        self.is_waiting = True
        self._socket.sendall(packet)
        data: Bytes = self._receive()
        if not (data[-9:-6] == _END and data[-5] == _EOF) and not _is_single(data):
            data = self._rest(bytearray(data))
        self.is_waiting = False
        return data

    def _rest(self, data: bytearray) -> bytearray:
        """Receives until the answer's end looks like one: to walk through all rows would take as long as they do
        to arrive. `read` walks, and receives what a row that looks like an end has left behind."""
        while not (data[-9:-6] == _END and data[-5] == _EOF) and not _REFUSAL.search(data[-_LONGEST_REFUSAL:]):
            data += self._receive()
        return data

    def read(self, data: Bytes) -> Answer:
        """The answer's content; receives what may be missing. Raises pymysql's errors."""
        whole = bytearray(data)
        scan = _Scan()
        while not scan.is_whole(whole):
            whole += self._receive()
        return _answer(whole, scan)

    def send_local(self, sql: str, chunks: Iterable[bytes]) -> Answer:
        """LOAD DATA LOCAL, fed from memory."""
        self._command(_QUERY, sql.encode())
        self.is_waiting = True
        data = self._receive_packets(1)
        if data[4] == _LOCAL:
            data = self._send_chunks(chunks)
        self.is_waiting = False
        return self.read(data)

    def _send_chunks(self, chunks: Iterable[bytes]) -> bytearray:
        """The server's answer to them. When there are no more, for whatever reason, it is told the end."""
        numbers = itertools.count(2)
        try:
            for chunk in chunks:
                for start in range(0, len(chunk), _LOCAL_PACKET):
                    self._send(chunk[start : start + _LOCAL_PACKET], next(numbers))
        except Exception:
            self._send(b"", next(numbers))
            self._receive_packets(1)
            self.is_waiting = False
            raise
        self._send(b"", next(numbers))
        return self._receive_packets(1)

    def _command(self, command: int, payload: bytes) -> None:
        if len(payload) >= _LARGEST_PACKET:
            raise err.DataError(_PACKET_TOO_LARGE, "a statement of 16 MB or more")
        self._send(bytes((command,)) + payload, 0)

    def _send(self, payload: bytes, number: int) -> None:
        self._socket.sendall(struct.pack("<I", len(payload) | number % 256 << 24) + payload)

    def _receive(self) -> bytes:
        while True:
            try:
                data: bytes = self._socket.recv(_CHUNK)
            except _LATE:
                self._on_late()
                continue
            if not data:
                raise err.OperationalError(2013, "Lost connection to MySQL server during query")
            return data

    def _receive_packets(self, count: int, data: bytearray | None = None) -> bytearray:
        """At least so many whole packets."""
        data = bytearray() if data is None else data
        while sum(1 for _ in packets(data)) < count:
            data += self._receive()
        return data


def packets(data: Bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """Where each whole packet's payload begins and ends."""
    length = len(data)
    while start + 4 <= length:
        end = start + 4 + (data[start] | data[start + 1] << 8 | data[start + 2] << 16)
        if end > length:
            return
        yield start + 4, end
        start = end


class _Scan:
    """Reads an answer packet by packet, as far as it has come."""

    def __init__(self) -> None:
        self._at = 0
        self._ends = 0
        self.payloads: list[tuple[int, int]] = []

    def is_whole(self, data: Bytes) -> bool:
        for begin, end in packets(data, self._at):
            self.payloads.append((begin, end))
            self._at = end
            if self._closes(data, begin, end):
                return True
        return False

    def _closes(self, data: Bytes, begin: int, end: int) -> bool:
        """Whether nothing follows this packet."""
        mark = data[begin]
        if mark == _ERROR:
            return True
        if len(self.payloads) == 1 and mark == _OK:
            return True
        if mark != _EOF or end - begin > 8:
            return False
        self._ends += 1
        return self._ends == 2


def _is_single(data: Bytes) -> bool:
    """Whether one packet is all of the answer: what a write, or a refusal, gives."""
    if len(data) < 5 or data[4] not in (_OK, _ERROR):
        return False
    return len(data) == 4 + (data[0] | data[1] << 8 | data[2] << 16)


def _answer(data: Bytes, scan: _Scan) -> Answer:
    for begin, _ in scan.payloads:
        _raise_refusal(data, begin - 4)
    begin, _ = scan.payloads[0]
    if data[begin] == _OK:
        affected, at = read_lenenc(data, begin + 1)
        _, at = read_lenenc(data, at)
        return Answer((), (), affected, struct.unpack_from("<HH", data, at)[1])
    count, _ = read_lenenc(data, begin)
    columns = tuple(column_definition(data, at) for at, _ in scan.payloads[1 : 1 + count])
    rows = tuple(data[start:end] for start, end in scan.payloads[2 + count : -1])
    return Answer(columns, rows, 0)


def _raise_refusal(data: Bytes, start: int) -> None:
    """Raises the error a packet holds; nothing when it holds none."""
    if data[start + 4] == _ERROR:
        _refuse(data, start)


def _refuse(data: Bytes, start: int) -> NoReturn:
    size = data[start] | data[start + 1] << 8 | data[start + 2] << 16
    err.raise_mysql_exception(bytes(data[start + 4 : start + 4 + size]))
    raise AssertionError


def bind(statement: Statement, values: Sequence[Value]) -> bytes:
    """The packet that executes a statement with these parameters."""
    head = struct.pack("<BIBI", _EXECUTE, statement.number, 0, 1)
    if not values:
        return struct.pack("<I", len(head)) + head
    nulls = bytearray((len(values) + 7) // 8)
    types, encoded = bytearray(), bytearray()
    for place, value in enumerate(values):
        if value is None:
            nulls[place // 8] |= 1 << place % 8
        kind, octets = _encoded(value)
        types += bytes((kind, 0))
        encoded += octets
    payload = head + bytes(nulls) + b"\x01" + bytes(types) + bytes(encoded)
    return struct.pack("<I", len(payload)) + payload


def _encoded(value: Value) -> tuple[int, bytes]:
    """A parameter's type (MySQL Internals, "Column Types") and octets."""
    match value:
        case None:
            return 0x06, b""
        case bool():
            return 0x01, struct.pack("<b", value)
        case int():
            return 0x08, struct.pack("<q", value)
        case float():
            return 0x05, struct.pack("<d", value)
    text = value.encode()
    return 0xFD, lenenc(len(text)) + text
