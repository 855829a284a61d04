"""RESP on the wire: requests in, replies out. No sockets, no commands."""
