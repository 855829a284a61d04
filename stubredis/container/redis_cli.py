"""redis-cli for scripts: the options, the output and the exit codes that health checks and set-up steps rely on.

The image runs this file as a script. It imports nothing of the server, so that a look at the health of a container
costs hardly more than starting Python.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NoReturn

TIMEOUT = 30.0
"""Seconds to wait for a connection. Replies may take as long as they like: BLPOP does."""

PASSWORD_WARNING = "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe."

_WORD = re.compile(r"""\s*((?:"(?:\\.|[^"\\])*"|'(?:\\'|[^'])*'|[^\s"'])+)(?=\s|$)""")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}


class ErrorReply(str):
    """A reply that says what went wrong."""

    __slots__ = ()


class Status(bytes):
    """A simple string, which is shown without quotes."""

    __slots__ = ()


class Double(bytes):
    """A floating-point number of RESP3, with the digits of the server."""

    __slots__ = ()


class Pairs(list[tuple[Any, Any]]):
    """A map of RESP3."""

    __slots__ = ()


class Connection:
    """A connection to a server: requests out, replies in."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.sock = connect(options)
        self.stream: BinaryIO = self.sock.makefile("rb")

    def call(self, words: Sequence[bytes]) -> Any:
        """Send a request and return its reply. Raises OSError."""
        self.sock.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words))
        return self.read()

    def read(self) -> Any:
        """Read one reply. Raises OSError if the server closes the connection."""
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Server closed the connection")
        kind, rest = line[:1], line[1:-2]
        match kind:
            case b"+":
                return Status(rest)
            case b"-":
                return ErrorReply(text(rest))
            case b":":
                return int(rest)
            case b",":
                return Double(rest)
            case b"(":
                return Status(rest)
            case b"_":
                return None
            case b"#":
                return Status(b"(true)" if rest == b"t" else b"(false)")
            case b"$" | b"=" | b"!":
                return self._bulk(kind, int(rest))
            case b"*" | b"~" | b">":
                return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
            case b"%":
                return Pairs([(self.read(), self.read()) for _ in range(int(rest))])
        raise ConnectionError(f"Protocol error, got {kind!r} as reply type byte")

    def _bulk(self, kind: bytes, size: int) -> Any:
        if size < 0:
            return None
        data = self.stream.read(size + 2)
        if len(data) < size + 2:
            raise ConnectionError("Server closed the connection")
        data = data[:-2]
        return {b"$": data, b"=": Status(data[4:]), b"!": ErrorReply(text(data))}[kind]


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run redis-cli and return its exit code: 1 if there is no connection, else 0, or that of an error with -e."""
    options = parse(words, environment)
    try:
        connection = Connection(options)
    except OSError as error:
        where = options.s or f"{options.h}:{options.p}"
        print(f"Could not connect to Redis at {where}: {error.strerror or error}", file=sys.stderr)
        return 1
    show = formatted if options.no_raw or (sys.stdout.isatty() and not options.raw) else raw
    out = sys.stdout.buffer
    code = 0
    try:
        greet(connection, options)
        if options.scan:
            return scan(connection, encoded(options.pattern), out)
        for request in requests(options):
            reply = connection.call(request)
            if isinstance(reply, ErrorReply) and options.e:
                print(text(show(reply)).rstrip("\n"), file=sys.stderr)
                code = 1
                continue
            out.write(show(reply) + b"\n")
            out.flush()
            if [word.lower() for word in request[:1]] in ([b"monitor"], [b"subscribe"], [b"psubscribe"]):
                follow(connection, show, out)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on, and that is no error
    except OSError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def parse(words: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
    """Read the options in front of the command; whatever follows its name belongs to it."""
    parser = Options(prog="redis-cli", add_help=False, allow_abbrev=False, usage="redis-cli [OPTIONS] [cmd [arg ...]]")
    port = next(filter(str.isdigit, map(environment.get, ("STUBREDIS_LISTEN_PORT", "REDIS_PORT_NUMBER"), ("", ""))), "")
    parser.add_argument("-h", metavar="HOST", default="127.0.0.1", help="server (127.0.0.1)")
    parser.add_argument("-p", metavar="PORT", type=int, default=int(port or 6379), help="its port (6379)")
    parser.add_argument("-s", metavar="PATH", default="", help="unix socket instead of host and port")
    parser.add_argument("-u", metavar="URI", default="", help="redis://user:password@host:port/db, or rediss://")
    parser.add_argument("-a", "--pass", dest="a", metavar="PASSWORD", help="password (or in REDISCLI_AUTH)")
    parser.add_argument("--user", default="", help="name of the user")
    parser.add_argument("--no-auth-warning", action="store_true", help="do not warn of a password in the command line")
    parser.add_argument("-n", metavar="DB", type=int, default=0, help="database")
    parser.add_argument("-2", dest="resp2", action="store_true", help="protocol RESP2")
    parser.add_argument("-3", dest="resp3", action="store_true", help="protocol RESP3")
    parser.add_argument("-r", metavar="TIMES", type=int, default=1, help="repeat the command (-1: for ever)")
    parser.add_argument("-i", metavar="SECONDS", type=float, default=0.0, help="wait between repetitions")
    parser.add_argument("-x", action="store_true", help="read the last argument from the standard input")
    parser.add_argument("-e", action="store_true", help="exit code 1 if the command fails")
    parser.add_argument("-t", metavar="SECONDS", type=float, default=TIMEOUT, help="give up connecting after that")
    parser.add_argument("--raw", action="store_true", help="values as they are (without a terminal)")
    parser.add_argument("--no-raw", action="store_true", help="values with quotes and numbers (on a terminal)")
    parser.add_argument("--scan", action="store_true", help="list the keys")
    parser.add_argument("--pattern", default="*", help="the keys that --scan lists")
    parser.add_argument("--tls", action="store_true", help="encrypt the connection")
    parser.add_argument("--sni", default=None, metavar="HOST", help="name for the server's certificate")
    parser.add_argument("--cacert", metavar="FILE", help="authorities to trust")
    parser.add_argument("--cert", metavar="FILE", help="the client's certificate")
    parser.add_argument("--key", metavar="FILE", help="its key")
    parser.add_argument("--insecure", action="store_true", help="trust any certificate")
    parser.add_argument("--help", action="help", help="show this")
    parser.add_argument("-v", "--version", action="version", version="redis-cli (stubredis)", help="show the version")
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args(list(words))
    if options.u:
        read_uri(options, parser)
    if options.a is None:
        options.a = environment.get("REDISCLI_AUTH", "")
    elif not options.no_auth_warning:
        print(PASSWORD_WARNING, file=sys.stderr)
    return options


class Options(argparse.ArgumentParser):
    """The parser of redis-cli's options, which has its words for unknown ones."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 1, as redis-cli does."""
        self.exit(1, f"redis-cli: {message}; see: redis-cli --help\n")


def read_uri(options: argparse.Namespace, parser: Options) -> None:
    """Put the parts of a URI into the options that they stand for."""
    from urllib.parse import unquote, urlsplit

    try:
        uri = urlsplit(options.u)
        port = uri.port
    except ValueError as error:
        parser.error(f"invalid URI: {error}")
    if uri.scheme not in ("redis", "rediss", "valkey", "valkeys"):
        parser.error("invalid URI scheme")
    options.tls = options.tls or uri.scheme in ("rediss", "valkeys")
    options.h = uri.hostname or options.h
    options.p = port or options.p
    if uri.password is not None:
        options.a = unquote(uri.password)
        options.user = unquote(uri.username or "")
    if uri.path.strip("/").isdigit():
        options.n = int(uri.path.strip("/"))


def connect(options: argparse.Namespace) -> socket.socket:
    """Connect to the server. Raises OSError."""
    if options.s:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(options.t)
        sock.connect(options.s)
    else:
        sock = socket.create_connection((options.h, options.p), options.t)
    if options.tls:
        import ssl  # slow, and rarely needed

        context = ssl.create_default_context(cafile=options.cacert)
        if options.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if options.cert:
            context.load_cert_chain(options.cert, options.key)
        sock = context.wrap_socket(sock, server_hostname=options.sni or options.h)
    sock.settimeout(None)
    return sock


def greet(connection: Connection, options: argparse.Namespace) -> None:
    """Log in and choose protocol and database; what fails is told, and the command is sent all the same."""
    if options.a:
        name = [encoded(options.user)] if options.user else []
        reply = connection.call([b"AUTH", *name, encoded(options.a)])
        if isinstance(reply, ErrorReply):
            print(f"AUTH failed: {reply}", file=sys.stderr)
    if options.resp3:
        connection.call([b"HELLO", b"3"])
    if options.n:
        reply = connection.call([b"SELECT", b"%d" % options.n])
        if isinstance(reply, ErrorReply):
            print(f"SELECT {options.n} failed: {reply}", file=sys.stderr)


def requests(options: argparse.Namespace) -> Iterator[list[bytes]]:
    """Yield what is to be sent: the command, as often as was asked for, or the lines of the standard input."""
    if options.command:
        words = [encoded(word) for word in options.command]
        if options.x:
            words.append(sys.stdin.buffer.read())
        left = options.r
        while left:
            yield words
            left -= 1
            if left and options.i:
                time.sleep(options.i)
    else:
        yield from lines(options)


def scan(connection: Connection, pattern: bytes, out: BinaryIO) -> int:
    """Print all keys that match, and return the exit code."""
    cursor = b"0"
    while True:
        reply = connection.call([b"SCAN", cursor, b"MATCH", pattern])
        if isinstance(reply, ErrorReply):
            print(f"ERROR: {reply}", file=sys.stderr)
            return 1
        cursor, keys = reply
        out.write(b"".join(key + b"\n" for key in keys))
        if cursor == b"0":
            out.flush()
            return 0


def lines(options: argparse.Namespace) -> Iterator[list[bytes]]:
    """Yield the requests that stand in the lines of the standard input, with a prompt on a terminal."""
    prompt = f"{options.s or f'{options.h}:{options.p}'}> " if sys.stdin.isatty() else ""
    while True:
        print(prompt, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        words = split(line)
        if words is None:
            print("Invalid argument(s)")
        elif words and words[0].lower() in (b"quit", b"exit"):
            return
        elif words:
            yield words


def follow(connection: Connection, show: Any, out: BinaryIO) -> None:
    """Print whatever comes, until the connection or the program ends."""
    while True:
        out.write(show(connection.read()) + b"\n")
        out.flush()


def split(line: str) -> list[bytes] | None:
    """Return the words of a line, with redis-cli's quotes and escapes, or None where quotes do not match."""
    words = []
    position = 0
    line = line.strip()
    while position < len(line):
        match = _WORD.match(line, position)
        if match is None:
            return None
        position = match.end()
        parts = re.findall(r""""(?:\\.|[^"\\])*"|'(?:\\'|[^'])*'|[^"']+""", match[1], re.DOTALL)
        words.append(b"".join(map(unquoted, parts)))
    return words


def unquoted(part: str) -> bytes:
    """Return what a part of a word means: in double quotes there are escapes, in single ones only that of a quote."""
    if part[0] == "'":
        return encoded(part[1:-1].replace("\\'", "'"))
    if part[0] != '"':
        return encoded(part)
    pieces = re.split(r"(\\x[0-9a-fA-F]{2}|\\.)", part[1:-1])
    return b"".join(
        bytes.fromhex(piece[2:])
        if re.fullmatch(r"\\x[0-9a-fA-F]{2}", piece)
        else encoded(_ESCAPES.get(piece[1], piece[1]))
        if piece.startswith("\\")
        else encoded(piece)
        for piece in pieces
    )


def raw(reply: Any) -> bytes:
    """Print a reply as redis-cli does without a terminal."""
    match reply:
        case None:
            return b""
        case int():
            return b"%d" % reply
        case ErrorReply():
            return encoded(reply) + b"\n"
        case bytes():
            return bytes(reply)
        case Pairs():
            return b"\n".join(raw(name) + b" " + raw(value) for name, value in reply)
    return b"\n".join(map(raw, reply))


def formatted(reply: Any, indent: str = "") -> bytes:
    """Print a reply as redis-cli does on a terminal."""
    match reply:
        case None:
            return b"(nil)"
        case int():
            return b"(integer) %d" % reply
        case ErrorReply():
            return b"(error) " + encoded(reply)
        case Status():
            return bytes(reply)
        case Double():
            return b"(double) " + reply
        case bytes():
            return quoted(reply)
        case []:
            return b"(empty hash)" if isinstance(reply, Pairs) else b"(empty array)"
    width = len(str(len(reply)))
    inner = indent + " " * (width + 2)
    if isinstance(reply, Pairs):
        parts = [formatted(name) + b" => " + formatted(value, inner) for name, value in reply]
        mark = "#"
    else:
        parts = [formatted(part, inner) for part in reply]
        mark = ")"
    return b"\n".join(
        (indent if number > 1 else "").encode() + f"{number:>{width}}{mark} ".encode() + part
        for number, part in enumerate(parts, 1)
    )


def quoted(value: bytes) -> bytes:
    """Put a value in double quotes, with escapes for what cannot be printed."""
    shown = {**{ord(byte): f"\\{letter}" for letter, byte in _ESCAPES.items()}, ord('"'): '\\"', ord("\\"): "\\\\"}
    return (
        '"' + "".join(shown.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in value) + '"'
    ).encode()


def encoded(word: str) -> bytes:
    """Return the very bytes that an argument was given as."""
    return word.encode("utf-8", "surrogateescape")


def text(data: bytes) -> str:
    """Return text from which `encoded` gives the same bytes."""
    return data.decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
