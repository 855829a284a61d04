"""Lua scripts and functions: the runtime, what scripts may call, the cache of scripts, the libraries of functions."""
