"""Binary forms of types that neither Arrow nor pgpq knows: what the type's own `recv` function reads.

Source: PostgreSQL's `src/backend/utils/adt/network.c` (`inet_recv`) and `mac.c` (`macaddr_recv`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.engines.engine import StatementError
from lab.model.schema import Type

_IPV4, _IPV6 = 2, 3
_OCTET = r"(25[0-5]|2[0-4]\d|[01]?\d?\d)"
_DOTTED = rf"^{_OCTET}(\.{_OCTET}){{3}}$"


def has_binary_form(type_: Type) -> bool:
    return type_.name in _FORMS and not type_.dimensions


def binary_form(texts: pa.Array, type_: Type) -> pa.Array:
    """The texts of a column as octets. Raises StatementError for what is no value of the type."""
    try:
        return _FORMS[type_.name](texts.cast(pa.string()))
    except ValueError as error:
        raise StatementError(f"this is no {type_.name}: {error}") from error


def _addresses(texts: pa.Array, is_network: bool = False) -> pa.Array:
    distinct = texts.dictionary_encode()
    values = distinct.dictionary
    if pc.all(pc.match_substring_regex(values, _DOTTED)).as_py():
        return _dotted(values, is_network).take(distinct.indices)
    made = [_address(text, is_network) for text in values.to_pylist()]
    return pa.array(made, pa.binary()).take(distinct.indices)


def _dotted(texts: pa.Array, is_network: bool) -> pa.Array:
    """Plain addresses of version 4, all at once: most are."""
    octets = pc.split_pattern(texts, ".").flatten().cast(pa.uint8()).to_numpy().reshape(-1, 4)
    head = np.tile(np.array([_IPV4, 32, is_network, 4], np.uint8), (len(octets), 1))
    whole = np.ascontiguousarray(np.hstack([head, octets]))
    return pa.Array.from_buffers(pa.binary(8), len(whole), [None, pa.py_buffer(whole)]).cast(pa.binary())


def _address(text: str, is_network: bool) -> bytes:
    interface = ipaddress.ip_interface(text)
    family = _IPV4 if interface.version == 4 else _IPV6
    return bytes([family, interface.network.prefixlen, is_network, len(interface.packed)]) + interface.packed


def _hardware_addresses(texts: pa.Array) -> pa.Array:
    digits = pc.replace_substring_regex(texts, "[:.-]", "").to_pylist()
    return pa.array((None if text is None else bytes.fromhex(text) for text in digits), pa.binary())


_FORMS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "inet": _addresses,
    "cidr": lambda texts: _addresses(texts, is_network=True),
    "macaddr": _hardware_addresses,
}
