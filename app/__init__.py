"""Quarterdeck: a full-screen terminal trading workstation for Kraken."""

__version__ = "0.1.0"
