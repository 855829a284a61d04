"""Lua scripts: the engine that runs them, and what they find in it."""
