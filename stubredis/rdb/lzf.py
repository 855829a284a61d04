"""LZF, the compression of long strings in payloads and snapshots.

A compressed text is a row of two kinds of instructions:

    000LLLLL                    copy the L + 1 bytes that follow
    LLLooooo oooooooo           repeat L + 2 bytes (3 to 8) from o + 1 bytes back
    111ooooo LLLLLLLL oooooooo  the same for L + 9 bytes
"""

from __future__ import annotations

_LONGEST_COPY = 32
_LONGEST_REPEAT = 264
_FARTHEST = 8192


def decompress(packed: bytes, length: int) -> bytes:
    """Return the text, or nothing if it is damaged or would be longer than `length`."""
    text = bytearray()
    place, end = 0, len(packed)
    try:
        while place < end:
            control = packed[place]
            place += 1
            if control < _LONGEST_COPY:
                piece = packed[place : place + control + 1]
                if len(piece) <= control:
                    return b""
                place += control + 1
            else:
                count = control >> 5
                if count == 7:
                    count += packed[place]
                    place += 1
                count += 2
                back = (control & 0x1F) << 8 | packed[place]
                place += 1
                start = len(text) - back - 1
                if start < 0:
                    return b""
                piece = bytes(text[start : start + count])
                if len(piece) < count:  # it goes on with what it has just repeated
                    piece = (piece * (count // len(piece) + 1))[:count]
            text += piece
            if len(text) > length:
                return b""
    except IndexError:
        return b""
    return bytes(text)


class Compressor:
    """Compresses the texts of one payload, as long as its patience lasts.

    `patience` is a number of places to look at. Each takes Python half a microsecond, in which nobody is served.
    """

    __slots__ = ("patience",)

    def __init__(self, patience: int = 64 * 1024) -> None:
        self.patience = patience

    def compress(self, text: bytes) -> bytes | None:
        """Return the compressed text, or None if that would not save at least four bytes, or no patience is left.

        It takes the decisions of the C library (of its variant for speed, which Redis uses), so that texts become the
        same bytes as there: the last place of three bytes is remembered under a hash of 16 bits, where others may
        displace it.
        """
        last = len(text) - 2  # behind the last place of three bytes
        packed = bytearray()
        places: dict[int, int] = {}
        literal = place = 0  # what is between them is not written yet
        patience = self.patience
        while place < last:
            if not patience:
                self.patience = 0
                return None
            patience -= 1
            second = text[place + 1]
            slot = (text[place] << 8 | second) - 5 * (second << 8 | text[place + 2]) & 0xFFFF
            earlier = places.get(slot, 0)
            places[slot] = place
            # The very first byte is never repeated: to the C library its place means none.
            if not earlier or place - earlier > _FARTHEST or text[earlier : earlier + 3] != text[place : place + 3]:
                place += 1
                continue
            count, most = 3, _longest_repeat(last - place)
            if text[earlier : earlier + most] == text[place : place + most]:
                count = max(count, most)
            while count < most and text[earlier + count] == text[place + count]:
                count += 1
            _copy(packed, text[literal:place])
            back = place - earlier - 1
            if count < 9:
                packed += bytes((count - 2 << 5 | back >> 8, back & 0xFF))
            else:
                packed += bytes((7 << 5 | back >> 8, count - 9, back & 0xFF))
            literal = place = place + count
            if place < last:  # of the repeated places, two are remembered
                for repeated in (place - 2, place - 1):
                    places[_slot(text, repeated)] = repeated
        self.patience = patience
        literals = place - literal
        if len(packed) + literals + literals // _LONGEST_COPY + 4 > len(text) - 4:
            return None
        _copy(packed, text[literal:])
        return bytes(packed)


def _longest_repeat(left: int) -> int:
    """How many bytes are compared: not the last two of the text, unless within the first 19, an unrolled loop."""
    return min(left if left < 17 else max(left, 19), _LONGEST_REPEAT)


def _slot(text: bytes, place: int) -> int:
    first, second, third = text[place : place + 3]
    return (first << 8 | second) - 5 * (second << 8 | third) & 0xFFFF


def _copy(packed: bytearray, literals: bytes) -> None:
    for start in range(0, len(literals), _LONGEST_COPY):
        piece = literals[start : start + _LONGEST_COPY]
        packed.append(len(piece) - 1)
        packed += piece
