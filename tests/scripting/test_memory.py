"""What INFO and MEMORY STATS say of the memory of scripts."""

from __future__ import annotations

from stubredis import Server
from tests.differential.resp import encode, parse


def figures(server: Server) -> dict[str, int]:
    client = server.connect()
    client.receive(encode((b"INFO", b"memory")))
    text = parse(client.take_output())[0][1]
    assert isinstance(text, bytes)
    lines = dict(line.split(":") for line in text.decode().split("\r\n") if ":" in line)
    names = ("used_memory_vm_eval", "used_memory_scripts", "used_memory_functions", "number_of_cached_scripts")
    return {name: int(lines[name]) for name in names}


def stats(server: Server) -> list[tuple[bytes, object]]:
    client = server.connect()
    client.receive(encode((b"MEMORY", b"STATS")))
    found = parse(client.take_output())[0][1]
    assert isinstance(found, list)
    return found


def test_nothing_before_the_first_script() -> None:
    assert set(figures(Server()).values()) == {0}


def test_scripts_and_functions() -> None:
    server = Server()
    client = server.connect()
    client.receive(encode((b"EVAL", b"big = nil; return #('x'):rep(100000)", b"0")))
    first = figures(server)
    assert first["used_memory_vm_eval"] > 10_000
    assert first["number_of_cached_scripts"] == 1
    client.receive(
        encode((b"FUNCTION", b"LOAD", b"#!lua name=l\nredis.register_function('f', function() return 1 end)"))
    )
    second = figures(server)
    assert second["used_memory_functions"] > 50
    assert second["used_memory_scripts"] == first["used_memory_scripts"] + second["used_memory_functions"]
    found = stats(server)
    assert found[found.index((b"$", b"functions.caches")) + 1] == (b":", b"%d" % second["used_memory_functions"])
