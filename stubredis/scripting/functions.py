"""Libraries of functions: their code, and the functions that they register while they are loaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from sys import getsizeof as sizeof
from typing import TYPE_CHECKING, Any

from stubredis.errors import CommandError
from stubredis.rdb.payload import FOOTER, ForeignPayloadError, seal, version_of
from stubredis.rdb.reader import BadDataError, Reader
from stubredis.rdb.writer import Strings
from stubredis.scripting.flags import FLAGS
from stubredis.scripting.host import ScriptError
from stubredis.scripting.program import Program

if TYPE_CHECKING:
    from stubredis.scripting.running import Scripting
    from stubredis.scripting.runtime import Runtime

_NAME = re.compile(rb"[A-Za-z0-9_]+")
_BAD_NAME = b"names can only contain letters, numbers, or underscores(_) and must be at least one character long"
_OPCODE = 245
_VERSION = 10
"""The version of Redis 7.0, which newer servers read, too."""


class Function(Program):
    """A function that a library has registered."""

    __slots__ = ("description",)

    is_function = True

    def __init__(self, name: bytes, function: Any, description: bytes | None, flags: int) -> None:
        super().__init__(name, flags, function)
        self.description = description


class Library:
    """A library and its functions."""

    __slots__ = ("code", "functions", "name")

    def __init__(self, name: bytes, code: bytes) -> None:
        self.name = name
        self.code = code
        self.functions: dict[bytes, Function] = {}


class Libraries:
    """All libraries of a server."""

    def __init__(self, scripting: Scripting) -> None:
        self._scripting = scripting
        self.by_name: dict[bytes, Library] = {}
        self.functions: dict[bytes, Function] = {}
        self._loading: Library | None = None

    @property
    def memory(self) -> int:
        """The bytes of the libraries' code and of the names of their functions."""
        return sum(map(sizeof, (*(library.code for library in self.by_name.values()), *self.functions)))

    @property
    def _runtime(self) -> Runtime:
        return self._scripting.runtime

    # Loading

    def load(self, code: bytes, *, replace: bool) -> Library:
        """Load a library. Raises CommandError, and changes nothing then."""
        name, body = _metadata(code)
        old = self.by_name.get(name)
        if old is not None and not replace:
            raise CommandError(b"ERR Library '%b' already exists" % name)
        library = self._read(name, code, body)
        for function in library.functions:
            if function in self.functions and (old is None or function not in old.functions):
                raise CommandError(b"ERR Function %b already exists" % function)
        self._put(library)
        return library

    def _put(self, library: Library) -> None:
        if library.name in self.by_name:
            self.delete(library.name)
        self.by_name[library.name] = library
        self.functions |= library.functions

    def delete(self, name: bytes) -> None:
        """Delete a library. Raises CommandError."""
        library = self.by_name.pop(name, None)
        if library is None:
            raise CommandError(b"ERR Library not found")
        for function in library.functions:
            del self.functions[function]

    def flush(self) -> None:
        """Delete all libraries."""
        self.by_name.clear()
        self.functions.clear()

    def _read(self, name: bytes, code: bytes, body: bytes) -> Library:
        runtime = self._runtime
        try:
            chunk = runtime.compile(body, b"@user_function")
        except CommandError as error:
            message = error.text.partition(b": ")[2]
            raise CommandError(b"ERR Error compiling function: " + message) from None
        library = self._loading = Library(name, code)
        try:
            failed = runtime.run_library(chunk)
        finally:
            self._loading = None
        if failed is not None:
            raise CommandError(b"ERR Error registering functions: %b" % failed)
        if not library.functions:
            raise CommandError(b"ERR No functions registered")
        return library

    def register(self, words: Sequence[Any]) -> None:
        """Add a function to the library that is being loaded; called by the library. Raises ScriptError."""
        library = self._loading
        if library is None:
            raise ScriptError(b"ERR redis.register_function can only be called on FUNCTION LOAD command")
        name, callback, description, flags = self._arguments(words)
        if not _NAME.fullmatch(name):
            raise ScriptError(b"ERR Library " + _BAD_NAME)
        if name in library.functions:
            raise ScriptError(b"ERR Function already exists in the library")
        function = self._runtime.as_program(callback)
        library.functions[name] = Function(name, function, description, flags)

    def _arguments(self, words: Sequence[Any]) -> tuple[bytes, Any, bytes | None, int]:
        runtime = self._runtime

        def fail(text: bytes) -> Exception:
            return ScriptError(b"ERR " + text)

        if len(words) not in (1, 2):
            raise fail(b"wrong number of arguments to redis.register_function")
        if len(words) == 2:
            name, callback = words
            if not runtime.is_function(callback):
                raise fail(b"second argument to redis.register_function must be a function")
            if type(name) is not bytes:
                raise fail(b"first argument to redis.register_function must be a string")
            return name, callback, None, 0
        if not runtime.is_table(words[0]):
            raise fail(
                b"calling redis.register_function with a single argument is only applicable to Lua table "
                b"(representing named arguments)."
            )
        name, callback, description, flags = None, None, None, 0
        for key, value in words[0].items():
            if key == b"function_name":
                if type(value) is not bytes:
                    raise fail(b"function_name argument given to redis.register_function must be a string")
                name = value
            elif key == b"description":
                if type(value) is not bytes:
                    raise fail(b"description argument given to redis.register_function must be a string")
                description = value
            elif key == b"callback":
                if not runtime.is_function(value):
                    raise fail(b"callback argument given to redis.register_function must be a function")
                callback = value
            elif key == b"flags":
                if not runtime.is_table(value):
                    raise fail(b"flags argument to redis.register_function must be a table representing function flags")
                for flag in _elements(value):
                    if type(flag) is not bytes or flag not in FLAGS:
                        raise fail(b"unknown flag given")
                    flags |= FLAGS[flag]
            else:
                raise fail(b"unknown argument given to redis.register_function")
        if name is None:
            raise fail(b"redis.register_function must get a function name argument")
        if callback is None:
            raise fail(b"redis.register_function must get a callback argument")
        return name, callback, description, flags

    # Payloads

    def dump(self) -> bytes:
        """Return all libraries as a payload."""
        strings = Strings()
        return seal(
            b"".join(bytes([_OPCODE]) + strings.write(library.code) for library in self.by_name.values()), _VERSION
        )

    def restore(self, payload: bytes, policy: bytes) -> None:
        """Load the libraries of a payload, all or none. Raises CommandError."""
        codes = _codes(payload)
        before = dict(self.by_name), dict(self.functions)
        if policy == b"FLUSH":
            self.flush()
        try:
            for code in codes:
                self.load(code, replace=policy == b"REPLACE")
        except CommandError:
            self.by_name, self.functions = before
            raise


def _elements(table: Any) -> list[Any]:
    content = dict(table.items())
    elements: list[Any] = []
    while (element := content.get(len(elements) + 1)) is not None:
        elements.append(element)
    return elements


def _codes(payload: bytes) -> list[bytes]:
    try:
        version_of(payload)
    except ForeignPayloadError:
        raise CommandError(b"ERR DUMP payload version or checksum are wrong") from None
    reader = Reader(payload[:-FOOTER])
    codes = []
    try:
        while reader.place < len(reader.data):
            if reader.byte() != _OPCODE:
                raise CommandError(b"ERR given type is not a function")
            codes.append(bytes(reader.string()))
    except BadDataError:
        raise CommandError(b"ERR Failed loading library name: invalid payload") from None
    return codes


def _metadata(code: bytes) -> tuple[bytes, bytes]:
    """Return the name that the first line of a library gives it, and its code. Raises CommandError."""
    if not code.startswith(b"#!"):
        raise CommandError(b"ERR Missing library metadata")
    line, newline, rest = code.partition(b"\n")
    if not newline:
        raise CommandError(b"ERR Invalid library metadata")
    engine, *words = line[2:].split(b" ")
    name = None
    for word in filter(None, words):
        key, equals, value = word.partition(b"=")
        if key.lower() != b"name" or not equals:
            raise CommandError(b"ERR Invalid metadata value given: " + word)
        if name is not None:
            raise CommandError(b"ERR Invalid metadata value, name argument was given multiple times")
        name = value
    if name is None:
        raise CommandError(b"ERR Library name was not given")
    if not _NAME.fullmatch(name):
        raise CommandError(b"ERR Library " + _BAD_NAME)
    if engine.lower() != b"lua":
        raise CommandError(b"ERR Engine '%b' not found" % engine)
    return name, newline + rest
