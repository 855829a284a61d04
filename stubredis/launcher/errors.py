"""Why a launch comes to an end that nobody wanted."""

from __future__ import annotations


class LaunchError(Exception):
    """What is wrong, in one clear line; a server's last words may follow in lines of their own."""
