"""The first line of a script, `#!lua name=x flags=a,b`, and the flags of scripts and functions."""

from __future__ import annotations

from stubredis.errors import CommandError

NO_WRITES = 1
ALLOW_OOM = 2
ALLOW_STALE = 4
NO_CLUSTER = 8
COMPATIBLE = 32
"""The script has no first line of its own: nothing is known of what it does."""
ALLOW_CROSS_SLOT_KEYS = 16

FLAGS = {
    b"no-writes": NO_WRITES,
    b"allow-oom": ALLOW_OOM,
    b"allow-stale": ALLOW_STALE,
    b"no-cluster": NO_CLUSTER,
    b"allow-cross-slot-keys": ALLOW_CROSS_SLOT_KEYS,
}


def script_flags(code: bytes) -> tuple[int, bytes]:
    """Return the flags that a script declares, and its code behind the first line. Raises CommandError."""
    if not code.startswith(b"#!"):
        return COMPATIBLE, code
    line, newline, rest = code.partition(b"\n")
    if not newline:
        raise CommandError(b"ERR Invalid script shebang")
    engine, *words = line.split(b" ")
    if engine != b"#!lua":
        raise CommandError(b"ERR Unexpected engine in script shebang: " + engine)
    flags = 0
    for word in filter(None, words):
        name, _, value = word.partition(b"=")
        if name != b"flags":
            raise CommandError(b"ERR Unknown lua shebang option: " + word)
        for flag in filter(None, value.split(b",")):
            if flag not in FLAGS:
                raise CommandError(b"ERR Unexpected flag in script shebang: " + flag)
            flags |= FLAGS[flag]
    return flags, newline + rest
