"""The protocol between screen and engine: one Unix socket, msgpack frames."""
