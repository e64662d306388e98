"""Sans-I/O: bytes to typed messages and back, and state machines of sessions."""
