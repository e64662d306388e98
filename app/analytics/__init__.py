"""Looking back: what a session's fills amounted to. Exact decimals, in polars."""
