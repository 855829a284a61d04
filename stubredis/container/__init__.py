"""What the container image runs: its entrypoint, a small redis-cli, and the look at its health."""
