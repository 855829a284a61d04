"""A Windows DLL made of names only: each function that it exports is one of another DLL."""

from __future__ import annotations

import struct

HEADERS = 0x200
"""Bytes of the file before its only section, and the alignment of both."""
SECTION = 0x1000
"""Where that section is in memory."""


def forwarding_dll(name: str, functions: dict[str, str]) -> bytes:
    """Return a DLL for x64 whose functions are those of others: `{"ProcessPrng": "advapi32.SystemFunction036"}`."""
    exports = export_table(name, functions)
    size = -(-len(exports) // HEADERS) * HEADERS
    dos = struct.pack("<2s58xI", b"MZ", 0x40)
    file = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 0xF0, 0x2022)  # executable, large addresses, DLL
    optional = struct.pack(
        "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII",
        0x20B, 14, 0, 0, size, 0, 0, SECTION,  # no code: no entry point
        0x1_8000_0000, SECTION, HEADERS, 6, 0, 0, 0, 6, 0, 0, 2 * SECTION, HEADERS, 0,
        3, 0x140, 0x10_0000, 0x1000, 0x10_0000, 0x1000, 0, 16,  # any base will do: there is nothing to relocate
    )  # fmt: skip
    directories = struct.pack("<II", SECTION, len(exports)) + bytes(15 * 8)
    section = struct.pack("<8sIIIIIIHHI", b".edata", len(exports), SECTION, size, HEADERS, 0, 0, 0, 0, 0x4000_0040)
    headers = dos + file + optional + directories + section
    return headers.ljust(HEADERS, b"\0") + exports.ljust(size, b"\0")


def export_table(name: str, functions: dict[str, str]) -> bytes:
    """Return the section with the names; an address inside of it is the name of the function that is meant."""
    count, ordered = len(functions), sorted(functions.items())
    tables = 40 + count * (4 + 4 + 2)
    texts, places = b"", []
    for text in (name, *(word for pair in ordered for word in pair)):
        places.append(SECTION + tables + len(texts))
        texts += text.encode() + b"\0"
    addresses = SECTION + 40
    head = struct.pack(
        "<IIHHIIIIIII", 0, 0, 0, 0, places[0], 1, count, count, addresses, addresses + 4 * count, addresses + 8 * count
    )
    return b"".join(
        (
            head,
            struct.pack(f"<{count}I", *places[2::2]),
            struct.pack(f"<{count}I", *places[1::2]),
            struct.pack(f"<{count}H", *range(count)),
            texts,
        )
    )
