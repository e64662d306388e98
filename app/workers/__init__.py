"""The only sockets of the client: supervised connections to a venue."""
