"""Kraken spot WebSocket v2 (`ws-v2.md`)."""
