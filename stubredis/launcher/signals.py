"""How a launcher hears that it is to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that there are on this operating system are taken."""


def on_stop(stop: Callable[[int], None], names: Sequence[str] = SIGNALS) -> None:
    """Call a function in the event loop when this process is told to stop, with the number of the signal."""
    loop = asyncio.get_running_loop()

    def tell(number: int, _frame: object = None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: there is nothing left to stop
            loop.call_soon_threadsafe(stop, number)

    # Not loop.add_signal_handler, which Windows does not have.
    for name in names:
        number = getattr(signal, name, None)
        # Who started us with nohup wants us to outlive the terminal.
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            signal.signal(number, tell)
    if sys.platform == "win32":
        from stubredis.launcher import windows  # noqa: PLC0415  (there only)

        windows.on_stop(os.getpid(), lambda: tell(signal.SIGTERM))
