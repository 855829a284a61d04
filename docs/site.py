"""What MkDocs does besides: files of the repository that no page shows are named, not linked, and must be there."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)#]+)\)")

logger = logging.getLogger("mkdocs.site")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Name the files that a page links to outside of `docs/`."""

    def named(link: re.Match[str]) -> str:
        text, path = link.groups()
        if not (ROOT / path).exists():
            logger.warning("%s links to %s, which is not there", page.file.src_path, path)
        return f"`{path}`" if path in text or text.strip("`") == path else f"{text} (`{path}`)"

    return OUTSIDE.sub(named, markdown)
