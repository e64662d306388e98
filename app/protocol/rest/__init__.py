"""Kraken spot REST v0 (`rest.md`)."""
