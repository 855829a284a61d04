"""Every shell session of the documentation prints what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.sessions import Page, commands, normal
from tests.launcher.redwood.conftest import REDWOOD
from tests.launcher.redwood.trees import write

ROOT = Path(__file__).parents[2]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
}
PAGES = {name: text for name, text in TEXTS.items() if "```console\n" in text}


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    page = Page(tmp_path)
    yield page
    assert set(page.stop()) <= {0}


@pytest.mark.needs("redis-cli")
@pytest.mark.parametrize("name", PAGES)
def test_a_page(page: Page, name: str) -> None:
    if name in ("docs/launcher.md", "docs/redwood.md"):
        write(page.folder, REDWOOD)
    for command in commands(PAGES[name]):
        printed = page.run(command)
        assert normal(printed) == normal(command.expected), f"{name}, line {command.number}: {command.line}"


def test_there_are_sessions() -> None:
    assert {"docs/first-steps.md", "docs/command-line.md", "docs/launcher.md", "docs/redwood.md"} <= set(PAGES)


def test_no_command_is_hidden_in_a_plain_block() -> None:
    """A block that shows a prompt is a session, so that it is run. What Docker does is tested with the image."""
    hidden = [
        name
        for name, text in TEXTS.items()
        if re.search(r"^```\w*\n(?<!```console\n)\$ (?!docker )", text, re.MULTILINE)
    ]
    assert hidden == []
