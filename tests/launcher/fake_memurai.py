"""What Memurai looks like from outside: its options, the lines of its log, RESP. No registry has the real one.

It becomes a real program of Windows: `memurai_exe` puts it behind the start of an .exe file. A file `life` beside
that says what it does: `serve`, `no licence`, or `stubborn`, which does not obey SHUTDOWN.
"""

from __future__ import annotations

import os
import socketserver
import sys
import threading
from pathlib import Path


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def say(mark: str, text: str) -> None:
    print(f"[{os.getpid()}] 24 Nov 10:00:00.000 {mark} {text}", flush=True)


def password() -> str:
    """Return the password of the configuration file, which comes before all options if there is one."""
    if sys.argv[1].startswith("--"):
        return ""
    text = Path(sys.argv[1]).read_text("ascii")
    quoted = next(line for line in text.splitlines() if line.startswith("requirepass "))
    return quoted.removeprefix("requirepass ").strip('"').encode().decode("unicode_escape").encode("latin-1").decode()


class Client(socketserver.StreamRequestHandler):
    """One connection."""

    wanted = ""
    life = ""
    authenticated = False

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                length = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(length + 2)[:-2].decode())
            self.wfile.write(self.answer(words[0].upper(), words[1:]).encode())

    def answer(self, name: str, words: list[str]) -> str:
        if name == "AUTH":
            self.authenticated = words[-1] == self.wanted
            return "+OK\r\n" if self.authenticated else "-WRONGPASS invalid username-password pair\r\n"
        if self.wanted and not self.authenticated:
            return "-NOAUTH Authentication required.\r\n"
        match name:
            case "PING":
                return "+PONG\r\n"
            case "INFO":
                text = (
                    "memurai_edition:Memurai Developer\r\nmemurai_version:4.2.3\r\nredis_version:7.4.9\r\n"
                    f"process_id:{os.getpid()}\r\nrole:master\r\narguments:{sys.argv[1:]}\r\n"
                )
                return f"${len(text)}\r\n{text}\r\n"
            case "SHUTDOWN" if self.life != "stubborn":
                say("#", "Memurai is now ready to exit, bye bye...")
                os._exit(0)
            case "DEBUG":
                os._exit(0xC0000005 - 2**32)  # as an access violation ends a process
        return "-ERR no\r\n"


class Server(socketserver.ThreadingTCPServer):
    """All connections."""

    daemon_threads = True


def main() -> None:
    life = Path(sys.argv[0]).with_name("life")
    Client.life = life.read_text() if life.exists() else "serve"
    say("#", "--- Memurai is starting ---")
    if Client.life == "no licence":
        say("#", "License file not found.")
        sys.exit(1)
    Client.wanted = password()
    with Server(("127.0.0.1", int(option("--port"))), Client) as server:
        say("*", "Ready to accept connections tcp")
        threading.Thread(target=server.serve_forever).run()


if __name__ == "__main__":
    main()
