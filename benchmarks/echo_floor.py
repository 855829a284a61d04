"""The least an asyncio server can do: a +PONG for each request of a chunk, whatever it says.

What PING costs here is the event loop and the socket; only what lies above it is the server's own work.
"""

import argparse
import asyncio
from typing import cast

from stubredis import event_loop


class Echo(asyncio.Protocol):
    """Answer without parsing: each request opens with one `*`, and PING holds no other."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(b"+PONG\r\n" * data.count(b"*"))


async def serve(port: int) -> None:
    """Listen on `port` until the process is ended."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(Echo, "127.0.0.1", port)
    await listener.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    event_loop.run(serve(parser.parse_args().port))
