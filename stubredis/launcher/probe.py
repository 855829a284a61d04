"""Asking servers over RESP: whether they are there, who they are, and that they end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from stubredis.launcher.settings import Address

TIMEOUT = 2.0
"""Seconds that a server has for a connection and for each answer."""

REFUSED = "connection refused"

LONGEST = 1 << 20
"""Bytes of a line; more is no answer of a Redis."""


class ProbeError(Exception):
    """There is no server, or it does not speak RESP; the message says in a few words which."""

    @property
    def is_refusal(self) -> bool:
        """Whether nobody listens there."""
        return str(self) == REFUSED


class RefusedError(Exception):
    """The server refuses, in its own words."""

    @property
    def code(self) -> str:
        return str(self).partition(" ")[0]


class Connection:
    """A connection to a server, one question at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: Address, limit: float = TIMEOUT) -> Connection:
        """Connect. Raises ProbeError."""
        try:
            async with asyncio.timeout(limit):
                reader, writer = await asyncio.open_connection(address.host, address.port, limit=LONGEST)
        except TimeoutError:
            raise ProbeError("no connection in time") from None
        except OSError as error:
            raise ProbeError(reason(error)) from None
        return cls(reader, writer)

    async def ask(self, *words: str, limit: float = TIMEOUT) -> Any:
        """Send a request and return the answer. Raises RefusedError and ProbeError."""
        data = [word.encode("utf-8", "surrogateescape") for word in words]
        request = b"*%d\r\n" % len(data) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in data)
        try:
            async with asyncio.timeout(limit):
                self._writer.write(request)
                await self._writer.drain()
                answer = await self._answer()
        except TimeoutError:
            raise ProbeError("no answer in time") from None
        except asyncio.IncompleteReadError:
            raise ProbeError("the connection was closed") from None
        except OSError as error:
            raise ProbeError(reason(error)) from None
        except (ValueError, asyncio.LimitOverrunError):
            raise ProbeError("what listens there does not speak the protocol of Redis") from None
        if isinstance(answer, RefusedError):
            raise answer
        return answer

    async def _answer(self) -> Any:
        line = (await self._reader.readuntil(b"\r\n"))[:-2]
        kind, rest = line[:1], line[1:].decode("utf-8", "replace")
        match kind:
            case b"+":
                return rest
            case b"-":
                return RefusedError(rest)
            case b":":
                return int(rest)
            case b"$":
                length = int(rest)
                if length < 0:
                    return None
                return (await self._reader.readexactly(length + 2))[:-2].decode("utf-8", "replace")
            case b"*":
                return [await self._answer() for _ in range(int(rest))]
            case _:
                raise ValueError(line)

    async def log_in(self, password: str) -> bool:
        """Send the password; tell whether the server wants one. Raises RefusedError and ProbeError."""
        try:
            await self.ask("AUTH", password)
        except RefusedError as error:
            if "without any password" in str(error) or "no password is set" in str(error):
                return False
            raise
        return True

    async def closed(self) -> None:
        """Wait until the server has closed the connection; only while nobody asks."""
        try:
            await self._reader.read(1)
        except OSError:
            return

    def close(self) -> None:
        """Give the connection up."""
        self._writer.close()


@dataclass
class Sighting:
    """What was seen of a server: its answer to PING, and INFO if it lets us in."""

    answer: str
    """PONG, or the error: of PING, or of AUTH."""
    info: dict[str, str] = field(default_factory=dict)
    wants_password: bool = False

    @property
    def is_ready(self) -> bool:
        return self.answer == "PONG"

    @property
    def is_loading(self) -> bool:
        return self.answer.startswith("LOADING")

    @property
    def pid(self) -> int:
        """The server's own process, 0 if it does not tell."""
        return int(self.info.get("process_id", "0") or 0)

    @property
    def product(self) -> str:
        """Name and version, as `Redis 7.0.15`."""
        for name, key in (
            ("stubredis", "stubredis_version"),
            ("Memurai", "memurai_version"),
            ("Valkey", "valkey_version"),
        ):
            if version := self.info.get(key):
                return f"{name} {version}"
        version = self.info.get("redis_version", "")
        return (
            f"Redis {version}" if version else "a server that wants a password" if self.wants_password else "a server"
        )

    def __str__(self) -> str:
        return f"{self.product}, pid {self.pid}" if self.pid else self.product


async def look(connection: Connection, password: str) -> Sighting:
    """Ask a server who it is. Raises ProbeError."""
    seen = Sighting("")
    try:
        if password:
            seen.wants_password = await connection.log_in(password)
        seen.answer = str(await connection.ask("PING"))
        info = str(await connection.ask("INFO"))
        seen.info = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    except RefusedError as error:
        seen.answer = seen.answer if seen.answer == "PONG" else str(error)
        seen.wants_password = error.code in ("NOAUTH", "WRONGPASS") or "invalid password" in str(error)
    return seen


async def look_at(address: Address, password: str = "", limit: float = TIMEOUT) -> Sighting:
    """Connect to a server, ask who it is, and leave. Raises ProbeError."""
    connection = await Connection.open(address, limit)
    try:
        return await look(connection, password)
    finally:
        connection.close()


def reason(error: OSError) -> str:
    """Say in a few words why there is no connection."""
    if isinstance(error, ConnectionRefusedError) or "Errno 111" in str(error):
        return REFUSED
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
