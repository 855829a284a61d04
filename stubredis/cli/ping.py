"""`stubredis ping`: ask a server whether it is there."""

from __future__ import annotations

import os
import ssl

from stubredis.asking import ask
from stubredis.cli.mistakes import UsageError
from stubredis.reasons import reason

USAGE = """\
stubredis ping [-h HOST] [-p PORT] [-s PATH] [-a PASSWORD] [--tls] [--cacert FILE] [--cert FILE --key FILE] [--insecure]

Sends PING and prints the answer. The exit code is 0 if it is PONG, otherwise 1. HOST is 127.0.0.1 and PORT is 6379
if nothing else is said, and PATH is that of a unix socket; the password may also be in the environment variable
REDISCLI_AUTH. With --tls the server must have a certificate for HOST that the authorities in the file of --cacert, or
those that this machine trusts, have signed; --insecure takes any. --cert and --key are the client's own.
"""


def run(words: list[str]) -> int:
    """Send PING to a server and tell by the exit code whether it answered."""
    values = {"-h": "127.0.0.1", "-p": "6379", "-s": "", "-a": os.environ.get("REDISCLI_AUTH", "")}
    values |= {"--cacert": "", "--cert": "", "--key": ""}
    flags = {"--tls": False, "--insecure": False}
    rest = iter(words)
    for word in rest:
        if word == "--help":
            print(USAGE, end="")
            return 0
        elif word in values:
            value = next(rest, None)
            if value is None:
                raise UsageError(f"{word} needs a value; see: stubredis ping --help")
            values[word] = value
        elif word in flags:
            flags[word] = True
        else:
            raise UsageError(f"unexpected word '{word}'; see: stubredis ping --help")
    host, port, path = values["-h"], values["-p"], values["-s"]
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"'{port}' is no port; it must be between 1 and 65535")
    context = None
    if flags["--tls"]:
        context = trust(values["--cacert"], values["--cert"], values["--key"], insecure=flags["--insecure"])
    try:
        login = [["AUTH", values["-a"]]] if values["-a"] else []
        answer = ask(path or (host, int(port)), [*login, ["PING"]], context)
    except OSError as error:
        raise UsageError(f"cannot connect to {path or f'{host}:{port}'}: {shortly(error)}") from None
    print(answer)
    return 0 if answer == "PONG" else 1


def trust(authority: str, certificate: str, key: str, *, insecure: bool) -> ssl.SSLContext:
    """Make the context of a connection over TLS. Raises UsageError naming the file that is no good."""
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for option, file in (("--cacert", authority), ("--cert", certificate)):
        if not file:
            continue
        try:
            if option == "--cacert":
                context.load_verify_locations(file)
            else:
                context.load_cert_chain(file, key or None)
        except OSError as error:
            raise UsageError(f"cannot use {option} {file}: {shortly(error)}") from None
    return context


def shortly(error: OSError) -> str:
    """Say in a few words what went wrong."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return reason(error)
