"""The versions that the server reports."""

from __future__ import annotations

__version__ = "0.1.0"
"""The version of stubredis."""

COMPATIBLE_WITH = "7.2.4"
"""The version of Redis that INFO and HELLO report, so that clients use what is there. Valkey reports it as well."""
