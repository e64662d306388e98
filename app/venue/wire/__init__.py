"""The venue's own reading of Kraken's wire: texts, checksums, windows, validation. No I/O."""
