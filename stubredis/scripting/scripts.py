"""The cache of scripts by their digest.

Those of SCRIPT LOAD stay until SCRIPT FLUSH. Of those that only EVAL has brought the last 500 stay.
"""

from __future__ import annotations

import hashlib
from sys import getsizeof as sizeof
from typing import TYPE_CHECKING, Any

from stubredis.scripting.flags import script_flags
from stubredis.scripting.program import Program

if TYPE_CHECKING:
    from stubredis.scripting.running import Scripting

EVALUATED = 500


SCRIPT = 200
"""The bytes of a cached script besides its text."""


def sha1(text: bytes) -> bytes:
    """Return the digest by which a script is known."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()


class Script(Program):
    """A compiled script, whose name is its digest."""

    __slots__ = ("code",)

    def __init__(self, digest: bytes, code: bytes, flags: int, function: Any) -> None:
        super().__init__(digest, flags, function)
        self.code = code


class Scripts:
    """All compiled scripts of a server."""

    def __init__(self, scripting: Scripting) -> None:
        self._scripting = scripting
        self._scripts: dict[bytes, Script] = {}
        self._evaluated: dict[bytes, None] = {}
        """The digests of those that may be forgotten, the one used longest ago first."""
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._scripts)

    @property
    def memory(self) -> int:
        """The bytes of the cached scripts."""
        return sum(sizeof(script.code) + sizeof(script.name) + SCRIPT for script in self._scripts.values())

    def get(self, digest: bytes) -> Script | None:
        """Return the script of a digest in any case."""
        return self._scripts.get(digest) or self._scripts.get(digest.lower())

    def load(self, code: bytes) -> Script:
        """Compile a script and keep it. Raises CommandError."""
        digest = sha1(code)
        script = self._scripts.get(digest) or self._compile(digest, code)
        self._evaluated.pop(digest, None)
        return script

    def evaluated(self, code: bytes) -> Script:
        """Compile a script, or find it, and keep it for a while. Raises CommandError."""
        digest = sha1(code)
        script = self._scripts.get(digest)
        if script is None:
            script = self._compile(digest, code)
            self._evaluated[digest] = None
            if len(self._evaluated) > EVALUATED:
                oldest = next(iter(self._evaluated))
                del self._evaluated[oldest], self._scripts[oldest]
                self.evicted += 1
        elif digest in self._evaluated:
            del self._evaluated[digest]
            self._evaluated[digest] = None
        return script

    def _compile(self, digest: bytes, code: bytes) -> Script:
        flags, body = script_flags(code)
        script = Script(digest, code, flags, self._scripting.runtime.compile(body, b"@user_script"))
        self._scripts[digest] = script
        return script

    def flush(self) -> None:
        """Forget all scripts."""
        self._scripts.clear()
        self._evaluated.clear()
