"""CommandError and every error text that more than one command uses, worded as Redis words it.

A text that belongs to one command stands beside that command.
"""

from __future__ import annotations

import re


class CommandError(Exception):
    """An error reply: a code, a blank and a sentence, such as `ERR syntax error`.

    Handlers raise it, or return it where an error is one of the elements of a reply.
    """

    counted = False
    """Whether it is passed on, and has been counted where it came from."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.text = text

    @property
    def code(self) -> bytes:
        """The first word, by which clients and INFO errorstats tell errors apart."""
        return self.text.split(b" ", 1)[0]


class ProtocolError(Exception):
    """A request that is not RESP: answered with this text, then the connection closes."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.text = text


WRONG_TYPE = b"WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = b"ERR syntax error"
NO_SUCH_KEY = b"ERR no such key"
NOT_AN_INTEGER = b"ERR value is not an integer or out of range"
NOT_A_FLOAT = b"ERR value is not a valid float"
BOUND_NOT_A_FLOAT = b"ERR min or max is not a float"
NOT_POSITIVE = b"ERR value is out of range, must be positive"
INDEX_OUT_OF_RANGE = b"ERR index out of range"
OFFSET_OUT_OF_RANGE = b"ERR offset is out of range"
STRING_TOO_LONG = b"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
OVERFLOW = b"ERR increment or decrement would overflow"
NAN_OR_INFINITY = b"ERR increment would produce NaN or Infinity"
INVALID_CURSOR = b"ERR invalid cursor"
DB_INDEX_OUT_OF_RANGE = b"ERR DB index is out of range"
SAME_OBJECT = b"ERR source and destination objects are the same"
TIMEOUT_NOT_A_FLOAT = b"ERR timeout is not a float or out of range"
TIMEOUT_NOT_AN_INTEGER = b"ERR timeout is not an integer or out of range"
TIMEOUT_OUT_OF_RANGE = b"ERR timeout is out of range"
TIMEOUT_NEGATIVE = b"ERR timeout is negative"
NUMKEYS_NOT_POSITIVE = b"ERR numkeys should be greater than 0"
COUNT_NOT_POSITIVE = b"ERR count should be greater than 0"
NO_AUTH = b"NOAUTH Authentication required."
WRONG_PASSWORD = b"WRONGPASS invalid username-password pair or user is disabled."
NO_PROTO = b"NOPROTO unsupported protocol version"
OUT_OF_MEMORY = b"OOM command not allowed when used memory > 'maxmemory'."
EXEC_ABORT = b"EXECABORT Transaction discarded because of previous errors."
INVALID_CLIENT_NAME = b"ERR Client names cannot contain spaces, newlines or special characters."
UNBLOCKED = b"UNBLOCKED client unblocked via CLIENT UNBLOCK"
INTERNAL = b"ERR internal error"


def printed(word: bytes) -> bytes:
    """Return what an error shows of a word of the request: Redis prints C strings, which end at a zero byte."""
    return word.partition(b"\0")[0]


def wrong_arity(name: str) -> CommandError:
    """The error of a request with too few or too many words; a subcommand is named `container|subcommand`."""
    return CommandError(b"ERR wrong number of arguments for '%b' command" % name.encode())


def invalid_expire_time(name: str) -> CommandError:
    """The error of a time to live that is not positive, or whose deadline does not fit in 64 bits."""
    return CommandError(b"ERR invalid expire time in '%b' command" % name.encode())


def no_group(key: bytes, group: bytes, where: bytes = b"") -> CommandError:
    """The error of a stream, or a consumer group of it, that does not exist."""
    return CommandError(b"NOGROUP No such key '%b' or consumer group '%b'%b" % (printed(key), printed(group), where))


def no_such_group(key: bytes, group: bytes) -> CommandError:
    """The error of a consumer group that a stream does not have."""
    return CommandError(b"NOGROUP No such consumer group '%b' for key name '%b'" % (printed(group), printed(key)))


def wrong_subcommand(container: str, subcommand: str) -> CommandError:
    """The error of a subcommand with words that it does not take."""
    text = f"ERR unknown subcommand or wrong number of arguments for '{subcommand}'. Try {container} HELP."
    return CommandError(text.encode())


OLDER_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (rb"^ERR invalid expire time in '([^']*)' command$", rb"ERR invalid expire time in \1"),
        (rb"^ERR unknown (subcommand or wrong number of arguments .*)$", rb"ERR Unknown \1"),
        (rb"^ERR unsupported unit provided. please use M, KM, FT, MI$",
         rb"ERR unsupported unit provided. please use m, km, ft, mi"),
        (rb"^ERR Invalid master port$", rb"ERR value is not an integer or out of range"),
    )
)  # fmt: skip
"""Errors that servers before Redis 7 word in another way."""


def in_older_words(error: CommandError) -> CommandError:
    """Word an error as servers before Redis 7 do."""
    for pattern, words in OLDER_WORDS:
        if pattern.match(error.text):
            return CommandError(pattern.sub(words, error.text))
    return error


def unknown_command(argv: list[bytes], *, before_7: bool = False) -> CommandError:
    """Name the unknown command and the beginning of its arguments, each cut at 128 bytes as Redis does."""
    arguments = b""
    if before_7:
        for argument in argv[1:]:
            if len(arguments) >= 128:
                break
            arguments += b"`%b`, " % printed(argument[: 128 - len(arguments)])
        name = printed(argv[0][:128])
        return CommandError(b"ERR unknown command `%b`, with args beginning with: %b" % (name, arguments))
    for argument in argv[1:]:
        if len(arguments) >= 128:
            break
        arguments += b"'%b' " % printed(argument[: 128 - len(arguments)])
    return CommandError(b"ERR unknown command '%b', with args beginning with: %b" % (printed(argv[0][:128]), arguments))


def unknown_subcommand(container: str, subcommand: bytes, *, before_7: bool = False) -> CommandError:
    """The error of a container command that does not know its second word."""
    name = container.upper().encode()
    if before_7:
        text = b"ERR Unknown subcommand or wrong number of arguments for '%b'. Try %b HELP."
        return CommandError(text % (printed(subcommand[:128]), name))
    return CommandError(b"ERR unknown subcommand '%b'. Try %b HELP." % (printed(subcommand[:128]), name))
