"""What a verb says of a command line that cannot be carried out."""


class UsageError(Exception):
    """What is wrong, in one line; the exit code is 1."""
