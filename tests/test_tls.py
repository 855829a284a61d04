"""TLS: who is let in, with which certificates, and what those get who speak something else."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

import stubredis
from stubredis.cli import main
from stubredis.clock import ManualClock
from stubredis.connection import Handshake, names_in
from stubredis.server import Server
from stubredis.tls import TLSError, server_context
from tests.certificates import Certificates
from tests.processes import free_port, real_server
from tests.processes import stubredis as our_process
from tests.programs import path_of


@asynccontextmanager
async def serving(certificates: Certificates, **options: Any) -> AsyncIterator[Server]:
    """Run a server on a TLS port alone."""
    settings = certificates.options(**{"port": 0, "tls_port": free_port(), "bind": "127.0.0.1", **options})
    async with Server(**settings) as server:
        yield server


async def ask(server: Server, context: ssl.SSLContext, line: bytes = b"PING") -> bytes:
    """Connect over TLS, send a line and return the first line of the answer."""
    port = server.config.tls_port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    try:
        writer.write(line + b"\r\n")
        return (await reader.readline()).rstrip()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def turns(condition: Callable[[], object]) -> None:
    """Let the event loop turn until a condition holds."""
    while not condition():  # noqa: ASYNC110  (there is no event to wait for)
        await asyncio.sleep(0)


# Who is let in


async def test_a_client_over_tls(certificates: Certificates) -> None:
    async with serving(certificates) as server:
        assert server.port == server.config.tls_port
        context = certificates.trusting()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=context, server_hostname="localhost"
        )
        value = b"x" * 3_000_000  # more than any buffer on the way
        writer.write(b"CLIENT INFO\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%b\r\nGET k\r\n" % (len(value), value))
        await reader.readline()
        host, port = writer.get_extra_info("sockname")
        assert b" addr=%b:%d laddr=127.0.0.1:%d " % (host.encode(), port, server.port) in await reader.readline()
        assert await reader.readline() == b"\r\n"
        assert await reader.readline() == b"+OK\r\n"
        assert await reader.readline() == b"$%d\r\n" % len(value)
        assert await reader.readexactly(len(value)) == value
        assert await reader.readline() == b"\r\n"
        writer.write(b"QUIT\r\n")
        assert await reader.read() == b"+OK\r\n"
        await turns(lambda: not server.clients)
        writer.close()


async def test_the_last_reply_arrives_whole(certificates: Certificates) -> None:
    """The connection closes behind QUIT, but not before a slow client has read what it asked for."""
    async with serving(certificates) as server:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=certificates.trusting(), server_hostname="localhost", limit=1024
        )
        writer.transport.pause_reading()
        value = b"x" * 5_000_000
        writer.write(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%b\r\nGET k\r\nGET k\r\nQUIT\r\n" % (len(value), value))
        await turns(lambda: any(client.closing for client in server.clients.values()))
        writer.transport.resume_reading()
        expected = b"$%d\r\n%b\r\n" % (len(value), value)
        assert await reader.read() == b"+OK\r\n" + expected * 2 + b"+OK\r\n"
        writer.close()


async def test_requests_right_behind_the_handshake(certificates: Certificates) -> None:
    """What comes in one segment with the end of the handshake is not lost."""
    async with serving(certificates) as server:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = certificates.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(65536))
        tls.write(b"PING\r\n")
        writer.write(outgoing.read())
        answer = b""
        while not answer:
            incoming.write(await reader.read(65536))
            with suppress(ssl.SSLWantReadError):
                answer = tls.read()
        assert answer == b"+PONG\r\n"
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("wanted", "shown", "welcome"),
    [
        ("no", None, True),
        ("no", "client", True),
        ("no", "stranger", True),
        ("optional", None, True),
        ("optional", "client", True),
        ("optional", "stranger", False),
        ("yes", None, False),
        ("yes", "client", True),
        ("yes", "stranger", False),
    ],
)
async def test_certificates_of_clients(
    certificates: Certificates, wanted: str, shown: str | None, welcome: bool
) -> None:
    context = certificates.trusting(getattr(certificates, shown) if shown else None)
    async with serving(certificates, tls_auth_clients=wanted) as server:
        if welcome:
            assert await ask(server, context) == b"+PONG"
        else:
            # TLS 1.3 tells the client only after it believes to be connected.
            with suppress(OSError):
                assert await ask(server, context) == b""
            assert server.stats.connections_received == 0


async def test_a_client_that_does_not_trust_the_server(certificates: Certificates) -> None:
    async with serving(certificates) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(server, ssl.create_default_context(cafile=certificates.other_authority))
        assert await ask(server, certificates.trusting()) == b"+PONG"


async def test_tls_beside_tcp(certificates: Certificates) -> None:
    async with serving(certificates, port=free_port()) as server:
        assert server.port == server.config.port
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"INFO server\r\n")
        await reader.readline()
        info = await reader.readuntil(b"listener1:name=tls,bind=127.0.0.1,port=%d\r\n" % server.config.tls_port)
        assert b"tcp_port:%d\r\n" % server.port in info
        assert b"listener0:name=tcp,bind=127.0.0.1,port=%d\r\n" % server.port in info
        assert await ask(server, certificates.trusting()) == b"+PONG"
        writer.close()


# Those who speak something else


async def test_a_plain_client_on_the_tls_port(
    certificates: Certificates, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    caplog.set_level(logging.INFO)
    async with serving(certificates) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"PING\r\n")
        assert b"PONG" not in await reader.read()
        writer.close()
        await turns(lambda: not server.handshakes)
        assert server.stats.connections_received == 0
        assert await ask(server, certificates.trusting()) == b"+PONG"
    (record,) = caplog.records
    assert record.name == "stubredis"
    assert record.levelno == logging.INFO
    assert record.message.startswith("Error accepting a client connection: ")
    assert record.exc_info is None
    assert not recwarn.list


async def test_a_tls_client_on_the_plain_port(certificates: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    async with Server(port=0, bind="127.0.0.1") as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", server.port, ssl=certificates.trusting())
        await turns(lambda: not server.clients)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_those_who_say_nothing(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handshake, "SECONDS", 0.01)
    async with serving(certificates) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await reader.read() == b""
        writer.close()
        await turns(lambda: not server.handshakes)


async def test_those_who_go_in_the_middle(certificates: Certificates) -> None:
    async with serving(certificates) as server:
        for said in (b"", b"\x16\x03\x01\x02\x00\x01"):  # the beginning of a handshake
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(said)
            await turns(lambda: server.handshakes)
            writer.transport.abort()
            await turns(lambda: not server.handshakes)
        assert await ask(server, certificates.trusting()) == b"+PONG"


async def test_handshakes_count_as_clients(certificates: Certificates) -> None:
    async with serving(certificates, maxclients=2) as server:
        quiet = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
        await turns(lambda: len(server.handshakes) == 2)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        with suppress(ConnectionError):
            assert await reader.read() == b""
        assert server.stats.connections_rejected == 1
        for _, other in [*quiet, (reader, writer)]:
            other.close()
        await turns(lambda: not server.handshakes)
        assert await ask(server, certificates.trusting()) == b"+PONG"


async def test_nothing_is_left_when_the_server_stops(certificates: Certificates) -> None:
    async with serving(certificates) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        context = certificates.trusting()
        client = await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname="localhost")
        await turns(lambda: server.handshakes and server.clients)
    assert await reader.read() == b""
    assert await client[0].read() == b""
    await turns(lambda: not server.handshakes and not server.clients)
    for each in (writer, client[1]):
        each.close()


async def test_a_client_that_does_not_read(certificates: Certificates) -> None:
    """The limits of output hold over TLS, too, though part of it waits encrypted."""
    async with serving(certificates, client_output_buffer_limit=("normal", "1mb", "0", "0")) as server:
        context = certificates.trusting()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=context, server_hostname="localhost", limit=1024
        )
        writer.write(b"SET k %b\r\n" % (b"x" * 60_000))
        assert await reader.readline() == b"+OK\r\n"
        writer.transport.pause_reading()
        writer.write(b"GET k\r\n" * 1000)
        await turns(lambda: not server.clients)
        assert server.stats.output_limit_disconnections == 1
        writer.transport.abort()


# Configuration


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"tls_cert_file": ""}, "No tls-cert-file configured!"),
        ({"tls_key_file": ""}, "No tls-key-file configured!"),
        (
            {"tls_auth_clients": "yes", "tls_ca_cert_file": ""},
            "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or ",
        ),
        ({"tls_cert_file": "/no/such"}, "Failed to load certificate: /no/such: No such file or directory"),
        ({"tls_key_file": "/no/such"}, "Failed to load private key: /no/such: No such file or directory"),
        ({"tls_ca_cert_file": "/no/such"}, "Failed to configure CA certificate(s) file/directory: /no/such: No such"),
        ({"tls_ca_cert_dir": "/no/such"}, "Failed to configure CA certificate(s) file/directory: "),
        ({"tls_dh_params_file": "/no/such"}, "Failed to load DH params file /no/such: No such file or directory"),
        (
            {"tls_protocols": "TLSv1.2 TLSv4"},
            "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
        ),
        ({"tls_ciphers": "nonsense"}, "Failed to configure ciphers: nonsense"),
    ],
)
async def test_bad_options(certificates: Certificates, options: dict[str, object], complaint: str) -> None:
    with pytest.raises(TLSError) as failure:
        async with serving(certificates, **options):
            pass
    assert str(failure.value).startswith(complaint)


async def test_certificates_and_keys_that_do_not_fit(certificates: Certificates) -> None:
    for options, reason in [
        ({"tls_key_file": certificates.client[1]}, "key values mismatch"),
        ({"tls_key_file": certificates.authority}, "no certificate or key in PEM form"),
        ({"tls_key_file": certificates.locked_key}, ""),
        ({"tls_key_file": certificates.locked_key, "tls_key_file_pass": "wrong"}, ""),
    ]:
        with pytest.raises(TLSError, match=f"^Failed to load certificate .* with private key .*{reason}"):
            async with serving(certificates, **options):
                pass


async def test_a_key_with_a_password(certificates: Certificates) -> None:
    async with serving(certificates, tls_key_file=certificates.locked_key, tls_key_file_pass="secret") as server:
        assert await ask(server, certificates.trusting()) == b"+PONG"


@pytest.mark.parametrize(
    ("words", "version"),
    [("TLSv1.2", "TLSv1.2"), ("tlsv1.3", "TLSv1.3"), ("TLSv1.2 TLSv1.3", "TLSv1.3"), ("", "TLSv1.3")],
)
async def test_protocols(certificates: Certificates, words: str, version: str) -> None:
    async with serving(certificates, tls_protocols=words) as server:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=certificates.trusting(), server_hostname="localhost"
        )
        assert writer.get_extra_info("ssl_object").version() == version
        writer.close()


async def test_ciphers_and_sessions(certificates: Certificates) -> None:
    options = certificates.options(
        tls_ciphers="ECDHE+AESGCM",
        tls_prefer_server_ciphers="yes",
        tls_session_caching="no",
        tls_protocols="TLSv1.1 TLSv1.3",
    )
    context = server_context(Server(**options).config)
    names = {cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] == "TLSv1.2"}
    assert names
    assert all("GCM" in name for name in names)
    assert context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    assert context.options & ssl.OP_NO_TICKET
    assert context.options & ssl.OP_NO_TLSv1_2
    assert not server_context(Server(**certificates.options()).config).options & ssl.OP_CIPHER_SERVER_PREFERENCE


def settings(client: Any, *words: object) -> bytes:
    """Send CONFIG SET to a session and return the reply."""
    client.receive(b"".join([b"*%d\r\n" % (len(words) + 2), *map(_word, ("CONFIG", "SET", *words))]))
    return bytes(client.take_output()).rstrip()


def _word(word: object) -> bytes:
    text = str(word).encode()
    return b"$%d\r\n%b\r\n" % (len(text), text)


REFUSED = (
    b"-ERR CONFIG SET failed (possibly related to argument '%b') - "
    b"Unable to update TLS configuration. Check server logs."
)


async def test_renewed_certificates(certificates: Certificates) -> None:
    """CONFIG SET takes new certificates for new connections; bad ones are refused and change nothing."""

    async def serial(server: Server) -> object:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=certificates.trusting(), server_hostname="localhost"
        )
        peer = writer.get_extra_info("peercert")["serialNumber"]
        writer.close()
        return peer

    async with serving(certificates) as server:
        first = await serial(server)
        client = server.connect()
        old = [str(path) for path in certificates.server]
        for name, value in [
            ("tls-cert-file", "/no/such"),
            ("tls-cert-file", certificates.renewed[0]),
            ("tls-key-file", certificates.authority),
            ("tls-ca-cert-file", "/no/such"),
            ("tls-protocols", "TLSv9"),
            ("tls-ciphers", "nonsense"),
        ]:
            assert settings(client, name, value) == REFUSED % name.encode()
        assert [server.config.tls_cert_file, server.config.tls_key_file] == old
        assert await serial(server) == first
        renewed = certificates.renewed
        assert settings(client, "tls-cert-file", renewed[0], "tls-key-file", renewed[1]) == b"+OK"
        assert await serial(server) != first


async def test_tls_begins_moves_and_ends_at_run_time(certificates: Certificates) -> None:
    certificate, key = certificates.server
    ports = free_port(), free_port()
    async with Server(port=0, bind="127.0.0.1") as server:
        client = server.connect()
        assert settings(client, "tls-port", ports[0]) == REFUSED % b"tls-port"
        assert server.config.tls_port == 0
        words = ("tls-cert-file", certificate, "tls-key-file", key, "tls-auth-clients", "no")
        assert settings(client, "port", server.port, "tls-port", ports[0], *words) == b"+OK"
        assert await ask(server, certificates.trusting()) == b"+PONG"
        assert settings(client, "tls-port", ports[1]) == b"+OK"
        assert await ask(server, certificates.trusting()) == b"+PONG"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", ports[0]))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            assert settings(client, "tls-port", taken.getsockname()[1]).endswith(
                b"'tls-port') - Unable to listen on this port. Check server logs."
            )
        assert await ask(server, certificates.trusting()) == b"+PONG"
        assert settings(client, "tls-port", 0) == b"+OK"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", ports[1]))


# Clients and tools


async def test_redis_py(certificates: Certificates) -> None:
    async with serving(certificates, tls_auth_clients="yes") as server:
        certificate, key = map(str, certificates.client)
        async with redis.asyncio.Redis(
            host="localhost", port=server.port, ssl=True, ssl_ca_certs=str(certificates.authority),
            ssl_certfile=certificate, ssl_keyfile=key,
        ) as client:  # fmt: skip
            pipeline = client.pipeline()
            for number in range(1000):
                pipeline.set(f"k{number}", number)
            assert await pipeline.execute() == [True] * 1000
            async with client.pubsub() as messages:
                await messages.subscribe("news")
                await client.publish("news", "x" * 200_000)
                async for message in messages.listen():
                    if message["type"] == "message":
                        assert len(message["data"]) == 200_000
                        break


def test_embedded(certificates: Certificates) -> None:
    with stubredis.running(**certificates.options(tls_port=free_port())) as server:
        assert server.url.startswith("rediss://127.0.0.1:")
        with redis.Redis.from_url(server.url, ssl_ca_certs=str(certificates.authority)) as client:
            assert client.ping()


def cli(port: int, certificates: Certificates, *words: str) -> str:
    command = [path_of("redis-cli"), "-p", str(port), "--tls", "--cacert", str(certificates.authority), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout.removesuffix("\n")


@pytest.mark.needs("redis-cli")
@pytest.mark.needs("redis-server 7.0")
def test_redis_cli_on_both_servers(certificates: Certificates) -> None:
    """The same requests over TLS, to the real server and to ours."""
    certificate, key = map(str, certificates.client)
    shown = ("--cert", certificate, "--key", key)
    words = certificates.words(tls_auth_clients="yes", tls_port=free_port())
    port = int(words[-1])
    requests = [
        (*shown, "PING"),
        ("PING",),
        (*shown, "CONFIG", "GET", "tls-port"),
        (*shown, "CONFIG", "SET", "tls-cert-file", "/no/such"),
        (*shown, "CONFIG", "SET", "tls-ciphers", "nonsense"),
        (*shown, "CONFIG", "SET", "tls-auth-clients", "maybe"),
        (*shown, "CONFIG", "SET", "tls-auth-clients", "optional"),
        ("PING",),
        (*shown, "CONFIG", "SET", "tls-protocols", "TLSv1.2"),
        (*shown, "CONFIG", "SET", "tls-protocols", "TLSv1.5"),
        (*shown, "-2", "CONFIG", "GET", "tls-*file"),
    ]
    answers = []
    for side in (real_server(path_of("redis-server 7.0"), *words), our_process("--port", str(free_port()), *words)):
        with side:
            answers.append([sorted(cli(port, certificates, *request).split("\n")) for request in requests])
    theirs, ours = answers
    assert ours == theirs
    assert ours[0] == ["PONG"]


async def test_migrate(certificates: Certificates) -> None:
    """MIGRATE uses TLS if `tls-cluster` says so, as in Redis."""
    async with serving(certificates, tls_auth_clients="yes") as target:
        options = certificates.options(port=0, bind="127.0.0.1", tls_cluster="yes", tls_auth_clients="yes")
        async with Server(**options) as source:
            reader, writer = await asyncio.open_connection("127.0.0.1", source.port)
            writer.write(b"SET k v\r\nMIGRATE 127.0.0.1 %d k 0 5000\r\nEXISTS k\r\n" % target.port)
            assert [await reader.readline() for _ in range(3)] == [b"+OK\r\n", b"+OK\r\n", b":0\r\n"]
            assert list(target.keyspace.databases[0].values) == [b"k"]
            writer.write(b"CONFIG SET tls-client-cert-file %b tls-client-key-file %b\r\nSET k v\r\n" % tuple(
                str(path).encode() for path in certificates.stranger
            ))  # fmt: skip
            writer.write(b"MIGRATE 127.0.0.1 %d k 0 5000\r\n" % target.port)
            assert [await reader.readline() for _ in range(2)] == [b"+OK\r\n"] * 2
            assert (await reader.readline()).startswith(b"-IOERR error or timeout ")
            writer.close()


def test_ping(certificates: Certificates, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    authority = ("--cacert", str(certificates.authority))
    certificate, key = map(str, certificates.client)
    identity = ("--cert", certificate, "--key", key)

    def ping(*words: str) -> tuple[int, str]:
        code = main(["ping", "-p", str(port), *words])
        said = capsys.readouterr()
        return code, (said.out + said.err).strip()

    port = free_port()
    with stubredis.running(**certificates.options(tls_port=port, tls_auth_clients="yes")):
        assert ping("--tls", *authority, *identity) == (0, "PONG")
        assert ping("--tls", "--insecure", *identity) == (0, "PONG")
        assert ping("--tls", *identity)[1].startswith(f"stubredis: cannot connect to 127.0.0.1:{port}: ")
        assert ping("--tls", *authority)[0] == 1
        assert ping()[0] == 1
        nothing = str(tmp_path / "nothing")
        assert (
            ping("--tls", "--cacert", nothing)[1]
            == f"stubredis: cannot use --cacert {nothing}: No such file or directory"
        )
        code, said = ping("--tls", *authority, "--cert", nothing)
        assert (code, said) == (1, f"stubredis: cannot use --cert {nothing}: No such file or directory")


@pytest.mark.parametrize("missing", ["tls_cert_file", "tls_key_file", "tls_ca_cert_file"])
def test_one_line_at_the_start(certificates: Certificates, missing: str, tmp_path: Path) -> None:
    nothing = str(tmp_path / "nothing")
    words = certificates.words(tls_port=free_port(), port=0, **{missing: nothing})
    command = [sys.executable, "-m", "stubredis", "serve", *words]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("stubredis: cannot serve TLS: Failed to ")
    assert nothing in line
    assert "Traceback" not in result.stdout


# Who a certificate says to be


@pytest.mark.parametrize(
    ("field", "rules", "name"),
    [
        ("CN", ["on", "+@all"], b"alice"),
        ("CN", ["off", "+@all"], b"default"),
        ("URI", ["on", "+@all"], b"default"),
        ("off", ["on", "+@all"], b"default"),
    ],
)
async def test_users_of_certificates(certificates: Certificates, field: str, rules: list[str], name: bytes) -> None:
    options = {"tls_auth_clients": "yes", "tls_auth_clients_user": field}
    async with serving(certificates, **options) as server:
        server.acl.set_user(b"alice", [rule.encode() for rule in rules])
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=certificates.trusting(certificates.client), server_hostname="localhost"
        )
        writer.write(b"ACL WHOAMI\r\n")
        assert await reader.readline() == b"$%d\r\n" % len(name)
        assert await reader.readline() == name + b"\r\n"
        writer.close()


def test_names_in_a_certificate() -> None:
    certificate = {
        "subject": ((("countryName", "DE"),), (("commonName", "alice"),)),
        "subjectAltName": (("DNS", "localhost"), ("URI", "spiffe://a/b"), ("URI", "urn:c")),
    }
    assert names_in(certificate, "CN") == [b"alice"]
    assert names_in(certificate, "URI") == [b"spiffe://a/b", b"urn:c"]
    assert names_in({}, "CN") == []


async def test_certificates_are_read_again(certificates: Certificates, tmp_path: Path) -> None:
    """After each interval; a file that is no good is passed over."""
    clock = ManualClock()
    certificate, key = tmp_path / "a.pem", tmp_path / "a.key"

    def put(pair: tuple[Path, Path]) -> None:
        certificate.write_bytes(pair[0].read_bytes())
        key.write_bytes(pair[1].read_bytes())

    put(certificates.server)
    settings = certificates.options(
        port=0, tls_port=free_port(), bind="127.0.0.1", tls_cert_file=certificate, tls_key_file=key,
        tls_auto_reload_interval=60,
    )  # fmt: skip
    async with Server(clock=clock, **settings) as server:
        first = server.listeners.context
        clock.advance(59_000)
        server.tick()
        assert server.listeners.context is first
        put(certificates.renewed)
        clock.advance(1_000)
        server.tick()
        second = server.listeners.context
        assert second is not first
        certificate.write_text("nonsense")
        clock.advance(60_000)
        server.tick()
        assert server.listeners.context is second
