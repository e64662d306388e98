"""Sockets of the venue: WebSocket v2 and REST faces, the control endpoint, the feed."""
