"""The local exchange: a stranger that happens to live in this repository.

It shares nothing with the client but the values of `app.domain` (instrument
and order enums) and `app.clock`: its wire encoders, checksums and rate
counter are its own reading of Kraken's pages.
"""
