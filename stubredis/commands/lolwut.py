"""LOLWUT: a drawing, with the version of the server below it."""

from __future__ import annotations

import random

from stubredis.arguments import integer
from stubredis.client import Client
from stubredis.command import FAST, READONLY, group
from stubredis.protocol.replies import Reply, Verbatim
from stubredis.versions import __version__

command = group("server")

COLUMNS, ROWS = 64, 12
MOST_COLUMNS, MOST_ROWS = 200, 100


@command("LOLWUT [VERSION version]", READONLY | FAST, since="5.0.0")
def lolwut(client: Client, *words: bytes) -> Reply:
    """Draw a maze, which is another one each time; columns and rows may follow."""
    if len(words) > 1 and words[0].upper() == b"VERSION":
        integer(words[1])
        words = words[2:]
    columns, rows = [*map(integer, words[:2]), *(COLUMNS, ROWS)[len(words) :]]
    columns, rows = min(max(columns, 1), MOST_COLUMNS), min(max(rows, 1), MOST_ROWS)
    picture = maze(columns, rows, random.Random())
    return Verbatim(f"{picture}\nEvery wall leans one way or the other. stubredis ver. {__version__}\n".encode())


def maze(columns: int, rows: int, chance: random.Random) -> str:
    """Draw walls that lean to the left or to the right; towards the lower right they agree more and more."""
    lines = []
    for row in range(rows):
        bias = [0.5 + (column / columns + row / rows) / 4 for column in range(columns)]
        lines.append("".join("\u2571" if chance.random() < share else "\u2572" for share in bias))
    return "\n".join(lines) + "\n"
