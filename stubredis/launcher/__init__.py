"""Bringing the server up that a configuration names, watching it, and ending it."""
