"""FIX 4.4 as Kraken speaks it (`fix.md`): bytes to messages and back, and the session's state. No I/O."""
