"""Functions of the host as the sandbox calls them: they return what they have to say, and raise nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from stubredis.scripting import errors
from stubredis.scripting.conversion import ERROR

logger = logging.getLogger("stubredis")


class ScriptError(Exception):
    """Raised by a function of the host that a script calls, with the text of the error that the script gets."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.text = text


def guarded(function: Callable[..., Any], has_room: Callable[[], bool]) -> Callable[..., Any]:
    """Return a function of the host for the sandbox, which fails unless Lua has room for what it returns."""

    def run(*words: Any) -> Any:
        try:
            return function(*words) if has_room() else (errors.NO_MEMORY, ERROR)
        except ScriptError as error:
            return error.text, ERROR
        except Exception:
            logger.exception("a function that a script called has failed")
            return errors.INTERNAL, ERROR

    return run
