"""Scripts: EVAL and its relatives, and the cache of scripts."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import ALLOW_BUSY, NOSCRIPT, READONLY, STALE, container, group
from stubredis.errors import CommandError
from stubredis.protocol.replies import OK, Reply
from stubredis.scripting.errors import NO_SCRIPT
from stubredis.scripting.keys import KEYS, RUN, key_count

command = group("scripting")
container(
    "SCRIPT", "scripting", since="2.6.0", help_since="5.0.0", summary="Look after the scripts that are kept",
)  # fmt: skip

DIGEST_LENGTH = 40
DEPENDS = "Depends on the script that is executed."


@command(f"EVAL script {KEYS}", RUN, since="2.6.0", complexity=DEPENDS, key_access="RW access update")
def eval_(client: Client, script: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a script."""
    count = key_count(numkeys, words)
    scripting = client.server.scripting
    return scripting.start(client, scripting.scripts.evaluated(script), count, words, False)


@command(f"EVAL_RO script {KEYS}", RUN | READONLY, since="7.0.0", complexity=DEPENDS, categories="-read")
def eval_ro(client: Client, script: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a script that does not write."""
    count = key_count(numkeys, words)
    scripting = client.server.scripting
    return scripting.start(client, scripting.scripts.evaluated(script), count, words, True)


@command(f"EVALSHA sha1 {KEYS}", RUN, since="2.6.0", complexity=DEPENDS, key_access="RW access update")
def evalsha(client: Client, sha1: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a script that the server has, by its digest."""
    scripting = client.server.scripting
    script = scripting.scripts.get(sha1)
    count = key_count(numkeys, words) if len(sha1) == DIGEST_LENGTH else 0
    if script is None:
        raise CommandError(NO_SCRIPT)
    return scripting.start(client, script, count, words, False)


@command(f"EVALSHA_RO sha1 {KEYS}", RUN | READONLY, since="7.0.0", complexity=DEPENDS, categories="-read")
def evalsha_ro(client: Client, sha1: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Run a script that the server has and that does not write, by its digest."""
    scripting = client.server.scripting
    script = scripting.scripts.get(sha1)
    count = key_count(numkeys, words) if len(sha1) == DIGEST_LENGTH else 0
    if script is None:
        raise CommandError(NO_SCRIPT)
    return scripting.start(client, script, count, words, True)


@command("SCRIPT LOAD script", NOSCRIPT | STALE, since="2.6.0", complexity="O(N) for a script of N bytes.")
def script_load(client: Client, script: bytes) -> Reply:
    """Keep a script and return its digest."""
    return client.server.scripting.scripts.load(script).name


@command(
    "SCRIPT EXISTS sha1 [sha1 ...]", NOSCRIPT | STALE, since="2.6.0", complexity="O(N) for N scripts.",
)  # fmt: skip
def script_exists(client: Client, *digests: bytes) -> Reply:
    """Tell which scripts the server has."""
    scripts = client.server.scripting.scripts
    return [int(scripts.get(digest) is not None) for digest in digests]


@command("SCRIPT FLUSH [ASYNC | SYNC]", NOSCRIPT | STALE, since="2.6.0", complexity="O(N) for N scripts.")
def script_flush(client: Client, *words: bytes) -> Reply:
    """Forget all scripts."""
    if len(words) > 1 or (words and words[0].upper() not in (b"ASYNC", b"SYNC")):
        raise CommandError(b"ERR SCRIPT FLUSH only support SYNC|ASYNC option")
    client.server.scripting.scripts.flush()
    return OK


@command("SCRIPT KILL", NOSCRIPT | ALLOW_BUSY, since="2.6.0")
def script_kill(client: Client) -> Reply:
    """End the script that is running, if it has not written."""
    client.server.scripting.kill(function=False)
    return OK


@command("SCRIPT SHOW sha1", NOSCRIPT | STALE, since="valkey-8.0.0")
def script_show(client: Client, sha1: bytes) -> Reply:
    """Return the text of a script."""
    script = client.server.scripting.scripts.get(sha1)
    if script is None:
        raise CommandError(NO_SCRIPT)
    return script.code


@command("SCRIPT DEBUG <YES | SYNC | NO>", NOSCRIPT, since="3.2.0")
def script_debug(client: Client, mode: bytes) -> Reply:
    """Switch the debugger, which there is not, off."""
    if mode.upper() == b"NO":
        return OK
    if mode.upper() in (b"YES", b"SYNC"):
        raise CommandError(b"ERR there is no debugger of scripts")
    raise CommandError(b"ERR Use SCRIPT DEBUG YES/SYNC/NO")
