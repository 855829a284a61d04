"""A server for tests of the launcher that behaves as badly as it is told.

It looks like redis-server from outside: `--version`, options, lines of a log, RESP. Each start takes the next line of
the file `lives` beside the program, the last of them again and again:

    serve               a good server
    exit CODE TEXT      says something and ends
    signal NUMBER       ends by a signal before it is ready
    silent              runs, and never listens
    loading             says LOADING until it has been asked ten times
    stubborn            refuses SHUTDOWN and ignores SIGTERM
    input               says what it is given on its standard input, and ends
    file                says what its file of configuration has, and serves
    replica             is one whose master is gone
    fork                leaves serving to a child of its own
"""

from __future__ import annotations

import os
import signal
import socketserver
import sys
import threading
from pathlib import Path

HANGING = threading.Event()
QUESTIONS = [0]


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def say(text: str) -> None:
    print(f"{os.getpid()}:M 24 Nov 2026 10:00:00.000 * {text}", flush=True)


class Client(socketserver.StreamRequestHandler):
    """One connection."""

    life = ""

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                length = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(length + 2)[:-2].decode())
            if HANGING.is_set():
                threading.Event().wait()
            self.wfile.write(self.answer(words[0].upper()).encode())

    def answer(self, name: str) -> str:
        if name == "PING":
            QUESTIONS[0] += 1
            if self.life == "loading" and QUESTIONS[0] <= 10:
                return "-LOADING Redis is loading the dataset in memory\r\n"
            return "+PONG\r\n"
        if name == "INFO":
            role = "slave\r\nmaster_link_status:down" if self.life == "replica" else "master"
            text = f"redis_version:7.0.0\r\nprocess_id:{os.getpid()}\r\nrole:{role}\r\n"
            return f"${len(text)}\r\n{text}\r\n"
        if name == "SHUTDOWN" and self.life != "stubborn":
            say("bye bye...")
            os._exit(0)
        if name == "HANG":
            HANGING.set()
            return "+OK\r\n"
        return "-ERR no\r\n" if name == "SHUTDOWN" else "+OK\r\n"


class Server(socketserver.ThreadingTCPServer):
    """All connections."""

    allow_reuse_address = True
    daemon_threads = True


def main() -> None:
    if "--version" in sys.argv:
        print("Redis server v=7.0.0 sha=00000000:0 malloc=libc bits=64 build=fake")
        return
    lives_file = Path(sys.argv[0]).with_name("lives")
    life, *rest = lives_file.read_text().splitlines()
    if rest:
        lives_file.write_text("\n".join(rest))
    kind, _, detail = life.partition(" ")
    say(f"begins to {life}")
    if kind == "exit":
        code, _, text = detail.partition(" ")
        print(text, flush=True)
        sys.exit(int(code))
    if kind == "input":
        sys.exit(f"the input was {sys.stdin.read()}")
    if kind == "file":
        print("the file was", Path(sys.argv[1]).read_text(), flush=True)
    if kind == "signal":
        os.kill(os.getpid(), int(detail))
    if kind == "silent":
        signal.pause()
    if kind == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if kind == "fork" and os.fork():
        os.wait()
        return
    Client.life = kind
    with Server(("127.0.0.1", int(option("--port"))), Client) as server:
        say("Ready to accept connections tcp")
        server.serve_forever()


if __name__ == "__main__":
    main()
